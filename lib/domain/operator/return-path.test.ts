import { expect, test } from 'vitest'
import { readReturnPath, signInPath } from './return-path'

test.each(['/', '/machines', '/machines?state=active&label=env%3Dprod', '/machines/mach_01#keys', '/a//b'])(
  'goes back to a path of this origin: %s',
  (path) => expect(readReturnPath(path)).toBe(path),
)

test.each([
  '//evil.example',
  '/\\evil.example',
  '\\\\evil.example',
  '/\t/evil.example',
  '/\n/evil.example',
  ' //evil.example',
  'https://evil.example',
  'HTTPS:evil.example',
  'javascript:alert(1)',
  'data:text/html,x',
  'evil.example',
  '',
  '?x',
  '/a\\b',
  '/\u202e',
  '/%',
  `/${'a'.repeat(3000)}`,
  undefined,
  null,
  7,
  ['/machines'],
])('goes nowhere else: %j', (path) => {
  const read = readReturnPath(path)
  expect(new URL(read, 'https://console.example').origin).toBe('https://console.example')
  if (path !== '/%') expect(read).toBe('/')
})

test.each([
  '/sign-in',
  '/sign-in?return=%2F',
  '/set-up/csu_x',
  '/reset/csu_x',
  '/invitation/csu_x',
  '/api/v1/machines',
])('does not go back to what is no page of the console: %s', (path) => expect(readReturnPath(path)).toBe('/'))

test('the sign-in carries the path as one value', () => {
  expect(signInPath('/machines?a=1&b=2')).toBe('/sign-in?return=%2Fmachines%3Fa%3D1%26b%3D2')
  expect(signInPath('//evil.example')).toBe('/sign-in')
})
