import { createSecretKey, randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { pathPrefixPattern } from '@/lib/domain/service/path-prefix'
import { isProbePath, makeProbePath } from './probe-path'

const key = createSecretKey(randomBytes(32))
const now = Date.UTC(2026, 10, 22)

test('a probe’s path is its own deployment’s, for a minute', () => {
  const path = makeProbePath('/v1/orders', key, now)
  expect(path).toMatch(/^\/v1\/orders\/countersign-probe-/)
  expect(path).toMatch(pathPrefixPattern)
  expect(isProbePath(path, key, now + 59_000)).toBe(true)
  expect(isProbePath(path, key, now + 62_000)).toBe(false)
  expect(isProbePath(path, key, now - 62_000)).toBe(false)
  expect(isProbePath(path, createSecretKey(randomBytes(32)), now)).toBe(false)
  expect(makeProbePath('/', key, now)).toMatch(/^\/countersign-probe-/)
  expect(makeProbePath('/', key, now)).not.toBe(makeProbePath('/', key, now))
})

test('what strangers make up is none', () => {
  const path = makeProbePath('/', key, now)
  const [last] = path.slice(-1)
  const changed = [
    path.slice(0, -1),
    `${path}x`,
    `${path}/x`,
    path.slice(0, -2) + (last === 'A' ? 'BB' : 'AA'),
    path.replace(/-([0-9]{10})-/, (_, seconds: string) => `-${Number(seconds) + 1}-`),
    '/countersign-probe-',
    '/',
  ]
  for (const forged of changed) expect([forged, isProbePath(forged, key, now)]).toEqual([forged, false])
})
