import { describe, expect, test } from 'vitest'
import { checkHistory, type History, type HistoryRecord, type HistoryRequest } from './check-history'

const request = (
  credential: string,
  code: string | undefined,
  more: Partial<HistoryRequest> & { readonly decisionId?: string } = {},
): HistoryRequest => ({
  credential,
  machine: 'm',
  sentAtMs: 1_000,
  answer:
    code === undefined
      ? undefined
      : { code, decisionId: code === 'allowed' ? (more.decisionId ?? `d-${credential}`) : null, atMs: 1_010 },
  ...('sentAtMs' in more && { sentAtMs: more.sentAtMs }),
})
const record = (credential: string, more: Partial<HistoryRecord> = {}): HistoryRecord => ({
  id: `d-${credential}`,
  credential,
  machine: 'm',
  atMs: 1_005,
  ...more,
})
const check = (history: Partial<History>) => checkHistory({ requests: [], records: [], ends: [], ...history })

describe('the model of a history', () => {
  test('finds nothing in one that keeps the promises', () => {
    const requests = [
      request('a', 'allowed'),
      request('a', 'credential_replayed'),
      request('b', undefined),
      request('b', 'allowed'),
      request('c', undefined),
      request('d', 'unavailable'),
      request('e', 'unavailable'),
      request('f', 'machine_revoked', { sentAtMs: 2_500 }),
      // Sent before the call returned, and recorded before: its answer may come later.
      request('g', 'allowed', { sentAtMs: 1_999 }),
    ]
    const records = [record('a'), record('b'), record('c'), record('e'), record('g', { atMs: 2_000 })]
    expect(check({ requests, records, ends: [{ machine: 'm', returnedAtMs: 2_000 }] })).toEqual([])
  })

  test.each<[string, Partial<History>, RegExp]>([
    ['an allow whose record is missing', { requests: [request('a', 'allowed')] }, /allowed without a record/],
    [
      'an allow that names no decision',
      {
        requests: [{ ...request('a', 'allowed'), answer: { code: 'allowed', decisionId: null, atMs: 1 } }],
        records: [record('a')],
      },
      /allowed without a record/,
    ],
    [
      'an allow on another credential’s record',
      { requests: [request('a', 'allowed', { decisionId: 'd-b' }), request('b', undefined)], records: [record('b')] },
      /on the record of b/,
    ],
    [
      'a credential that two nodes accepted',
      {
        requests: [request('a', 'allowed'), request('a', 'allowed')],
        records: [record('a')],
      },
      /allowed twice/,
    ],
    [
      'a use on record twice',
      { requests: [request('a', undefined)], records: [record('a'), record('a', { id: 'other' })] },
      /on record twice/,
    ],
    [
      'a doubled id',
      {
        requests: [request('a', undefined), request('b', undefined)],
        records: [record('a'), record('b', { id: 'd-a' })],
      },
      /is doubled/,
    ],
    ['a record that nobody asked for', { records: [record('a')] }, /nobody sent it/],
    [
      'a record of what was denied for good',
      { requests: [request('a', 'machine_suspended')], records: [record('a')] },
      /was denied: machine_suspended/,
    ],
    [
      'an allow for a request sent after the end',
      {
        requests: [request('a', 'allowed', { sentAtMs: 2_001 })],
        records: [record('a', { atMs: 1_999 })],
        ends: [{ machine: 'm', returnedAtMs: 2_000 }],
      },
      /sent 1 ms after the end/,
    ],
    [
      'a record after the end',
      {
        requests: [request('a', undefined)],
        records: [record('a', { atMs: 2_003 })],
        ends: [{ machine: 'm', returnedAtMs: 2_000 }],
      },
      /recorded 3 ms after the end/,
    ],
  ])('finds %s', (_name, history, words) => {
    const found = check(history)
    expect(found).toHaveLength(1)
    expect(found[0]).toMatch(words)
  })

  test('holds the end of one machine against no other', () => {
    const history = { requests: [request('a', 'allowed', { sentAtMs: 3_000 })], records: [record('a')] }
    expect(check({ ...history, ends: [{ machine: 'other', returnedAtMs: 2_000 }] })).toEqual([])
  })
})
