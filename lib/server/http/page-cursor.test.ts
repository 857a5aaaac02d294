import { expect, test } from 'vitest'
import { decodeCursor, encodeCursor, pageFromRows } from './page-cursor'

const instant = '2026-11-22T08:30:00.123456Z'
const uuid = '0198f5a0-7c1e-7000-8000-0123456789ab'

test('a cursor comes back as it was made', () => {
  const cursor = encodeCursor('machines', [instant, uuid])
  expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/)
  expect(decodeCursor('machines', ['instant', 'uuid'], cursor)).toEqual({ outcome: 'decoded', keys: [instant, uuid] })
  expect(decodeCursor('machines', ['instant', 'uuid'], undefined)).toEqual({ outcome: 'decoded', keys: null })
})

test.each([
  encodeCursor('services', [instant, uuid]),
  encodeCursor('machines', [instant]),
  encodeCursor('machines', [instant, uuid, uuid]),
  encodeCursor('machines', ['2026-13-22T08:30:00.123456Z', uuid]),
  encodeCursor('machines', ["' OR 1=1", uuid]),
  encodeCursor('machines', [instant, 'x']),
  Buffer.from('{"a":1}').toString('base64url'),
  Buffer.from('[1,2]').toString('base64url'),
  'AAAA',
])('a cursor that was not made by this list is refused: %s', (cursor) => {
  expect(decodeCursor('machines', ['instant', 'uuid'], cursor)).toMatchObject({
    outcome: 'refused',
    code: 'request_malformed',
  })
})

test('a next page is promised only when there is one more row', () => {
  const page = (rows: string[]) =>
    pageFromRows(
      rows,
      2,
      'l',
      (row) => row,
      (row) => [row],
    )
  expect(page([])).toEqual({ items: [], nextCursor: null })
  expect(page(['a', 'b'])).toEqual({ items: ['a', 'b'], nextCursor: null })
  expect(page(['a', 'b', 'c'])).toEqual({ items: ['a', 'b'], nextCursor: encodeCursor('l', ['b']) })
})
