import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { decisionRow } from '@/test/database/support/seed-rows'
import { newUuid } from '../new-uuid'
import type { DecisionRow } from './decision-store'
import { encodeDecisionRows } from './encode-decision-rows'

const rowType = 16_999
/** Dimensions, nulls, type, count and first index come before the rows. */
const headerBytes = 20

const machine = { id: newUuid(), version: 3, generation: 1, day: '2026-11-23' }
const rowOf = (change: Partial<DecisionRow>): DecisionRow =>
  decisionRow(machine, { id: newUuid(), version: 5 }, { gateway: newUuid(), query: randomBytes(32), ...change })

const encodeAlone = (row: DecisionRow) => encodeDecisionRows([row], rowType).subarray(headerBytes)

// What PostgreSQL reads of each value is in test/database/decide.test.ts.
test('a row is written the same, whatever rows stand before it', () => {
  const rows = [
    rowOf({}),
    rowOf({ day: '2026-11-22' }),
    rowOf({ day: '2026-11-23', path: '/ä' }),
    rowOf({ path: 'x'.repeat(32) }),
    rowOf({ path: `${'x'.repeat(31)}€` }),
    rowOf({ path: 'x'.repeat(33), gateway: null, names: [], query: null }),
    rowOf({ day: '2026-11-22' }),
  ]
  expect(encodeDecisionRows(rows, rowType).subarray(headerBytes)).toEqual(Buffer.concat(rows.map(encodeAlone)))
})

test('texts are UTF-8 and UUIDs 16 bytes, in either case of their digits', () => {
  const path = `/${'é'.repeat(15)}`
  const row = rowOf({ path })
  expect(encodeAlone(row).includes(Buffer.from(path))).toBe(true)
  expect(encodeAlone(row).includes(Buffer.from(machine.id.replaceAll('-', ''), 'hex'))).toBe(true)
  expect(encodeAlone({ ...row, machine: machine.id.toUpperCase() })).toEqual(encodeAlone(row))
})
