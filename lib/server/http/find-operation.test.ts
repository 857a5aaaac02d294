import { expect, test } from 'vitest'
import { operations } from '@/lib/contract/operations'
import { findOperation } from './find-operation'

test('every operation of the contract is found by its own method and path', () => {
  for (const [id, { method, path }] of Object.entries(operations)) {
    const concrete = `/api/v1${path.replace(/\{(\w+)\}/g, 'x-$1')}`
    const found = findOperation(method, concrete)
    expect(found).toMatchObject({ outcome: 'found', id })
  }
})

test('parameters are what stood there, undecoded', () => {
  expect(findOperation('GET', '/api/v1/machines/a%2fb')).toEqual({
    outcome: 'found',
    id: 'getMachine',
    params: { machine: 'a%2fb' },
  })
})

test.each([
  '/api/v1',
  '/api/v1/',
  '/api/v1/machines/',
  '/api/v1//machines',
  '/api/v2/machines',
  '/machines',
  '/api/v1/machines/a/b',
  '/api/v1/MACHINES',
])('nothing is at %s', (path) => {
  expect(findOperation('GET', path)).toEqual({ outcome: 'no_such_path' })
})

test('HEAD is GET, and what a path takes is said', () => {
  expect(findOperation('HEAD', '/api/v1/machines')).toMatchObject({ outcome: 'found', id: 'listMachines' })
  expect(findOperation('DELETE', '/api/v1/services')).toEqual({
    outcome: 'no_such_method',
    allowed: ['GET', 'POST', 'HEAD'],
  })
  expect(findOperation('get', '/api/v1/machines')).toMatchObject({ outcome: 'no_such_method' })
})
