import { expect, test } from 'vitest'
import { operations } from '@/lib/contract/operations'
import { toFieldErrors, toServerFieldErrors } from './field-errors'

test('what the contract finds wrong is said at the form’s own field, once', () => {
  const parsed = operations.createService.body.safeParse({
    slug: 'Orders',
    authorities: [{ authority: '', pathPrefix: '/a/' }],
    coveredFields: ['cookie', '@path'],
    machineSelector: { ENV: 'x' },
  })
  const errors = toFieldErrors(parsed.error?.issues ?? [], ['coveredFields', 'machineSelector'])
  expect(errors.map(({ name }) => name).sort()).toEqual([
    'authorities.0.authority',
    'authorities.0.pathPrefix',
    'coveredFields',
    'machineSelector',
    'slug',
  ])
  const at = (wanted: string) => errors.find(({ name }) => name === wanted)?.message
  expect(at('slug')).toBe('A slug takes 1 to 63 of a-z, 0-9 and dash.')
  expect(at('coveredFields')).toContain('@path is a derived component')
  expect(at('machineSelector')).toContain('ENV')
})

test('so is what the server refuses', () => {
  expect(
    toServerFieldErrors(
      [
        { path: 'body.authorities.1.authority', message: 'is claimed by the service orders' },
        { path: 'body.authorities.1.authority', message: 'twice' },
        { path: 'body.coveredFields.0', message: 'cannot be covered: x' },
      ],
      ['coveredFields'],
    ),
  ).toEqual([
    { name: 'authorities.1.authority', message: 'This is claimed by the service orders.' },
    { name: 'coveredFields', message: 'This cannot be covered: x.' },
  ])
})
