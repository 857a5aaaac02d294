import { expect, test } from 'vitest'
import { operations } from '@/lib/contract/operations'
import { buildApiPath } from './build-api-path'

test('paths carry their parameters encoded, so that no text leaves its segment', () => {
  expect(buildApiPath(operations.getMachine, { params: { machine: 'mach_1' } })).toBe('/api/v1/machines/mach_1')
  expect(buildApiPath(operations.getMachine, { params: { machine: '../x?y#z' } })).toBe(
    '/api/v1/machines/..%2Fx%3Fy%23z',
  )
})

test('queries repeat lists and leave out what is undefined', () => {
  const query = { label: ['env=a b', 'team=x'], state: undefined, limit: '50' }
  expect(buildApiPath(operations.listMachines, { query })).toBe(
    '/api/v1/machines?label=env%3Da+b&label=team%3Dx&limit=50',
  )
  expect(buildApiPath(operations.listMachines, {})).toBe('/api/v1/machines')
})
