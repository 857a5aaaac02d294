import { afterEach, describe, expect, test } from 'vitest'
import { newUuid } from '../new-uuid'
import { DenialRecorder, type DenialFacts } from './denial-recorder'
import type { DenialRow } from './denial-store'

/** Where rows go: a table in memory that can be away, and that refuses rows as PostgreSQL refuses them. */
class FakeTable {
  readonly rows: DenialRow[] = []
  readonly errors: string[] = []
  isAway = false
  refuses: (row: DenialRow) => boolean = () => false

  write = (rows: readonly DenialRow[]): Promise<void> => {
    if (this.isAway) return Promise.reject(new Error('connect ECONNREFUSED'))
    if (rows.some(this.refuses)) {
      return Promise.reject(Object.assign(new Error('unsupported Unicode escape sequence'), { code: '22P05' }))
    }
    const known = new Set(this.rows.map((row) => row.id))
    // As `ON CONFLICT DO NOTHING`; JSON is what the statement gets.
    this.rows.push(...(JSON.parse(JSON.stringify(rows)) as DenialRow[]).filter((row) => !known.has(row.id)))
    return Promise.resolve()
  }

  total(): number {
    return this.rows.reduce((sum, row) => sum + row.count, 0)
  }
}

const recorders: DenialRecorder[] = []
afterEach(async () => {
  for (const recorder of recorders.splice(0)) await recorder.stop()
})

function start(): { table: FakeTable; recorder: DenialRecorder } {
  const table = new FakeTable()
  const recorder = new DenialRecorder(table.write, (error) => table.errors.push(error.message))
  recorders.push(recorder)
  return { table, recorder }
}

const startMs = Date.UTC(2026, 10, 22, 12)

function facts(change: Partial<DenialFacts> = {}): DenialFacts {
  return {
    id: newUuid(),
    atMs: startMs,
    outcome: 'denied',
    code: 'signature_invalid',
    detail: undefined,
    isProven: false,
    probePath: null,
    serviceUuid: undefined,
    serviceName: 'orders',
    gatewayUuid: 'gateway',
    machineUuid: undefined,
    generation: undefined,
    useKey: undefined,
    conflictingDecisionId: undefined,
    method: 'GET',
    authority: 'orders.example',
    reportedAuthority: 'orders.example',
    path: '/v1/orders',
    queryNames: [],
    queryHash: null,
    sourceAddress: '192.0.2.1',
    ...change,
  }
}

describe('what is recorded', () => {
  test('denials with a valid signature one by one', async () => {
    const { table, recorder } = start()
    const all = Array.from({ length: 1_200 }, () => facts({ isProven: true }))
    for (const each of all) recorder.record(each)
    await recorder.flush()
    expect(table.rows.map((row) => row.id)).toEqual(all.map((each) => each.id))
    expect(table.rows.every((row) => row.count === 1)).toBe(true)
  })

  test('others folded by service, gateway, code, outcome and network, with their count and last instant', async () => {
    const { table, recorder } = start()
    const kinds: Partial<DenialFacts>[] = [
      {},
      { serviceName: 'invoices' },
      { gatewayUuid: 'another' },
      { code: 'credential_missing' },
      { outcome: 'observed' },
      { sourceAddress: '192.0.2.2' },
      { sourceAddress: '2001:db8:1:2:3::1' },
      { sourceAddress: '2001:db8:1:3::1' },
      { sourceAddress: undefined },
    ]
    for (const [index, kind] of kinds.entries()) {
      for (let i = 0; i <= index; i++) recorder.record(facts({ ...kind, atMs: startMs + i }))
    }
    // The same networks in other words: an IPv6 /64, an IPv4 address in IPv6, what is no address.
    recorder.record(facts({ sourceAddress: '2001:db8:1:2:ffff::9' }))
    recorder.record(facts({ sourceAddress: '::ffff:192.0.2.1' }))
    recorder.record(facts({ sourceAddress: 'unix:' }))
    await recorder.flush()
    expect(table.rows).toHaveLength(kinds.length)
    expect(table.rows.map((row) => row.count)).toEqual([2, 2, 3, 4, 5, 6, 8, 8, 10])
    expect(table.rows[5]!.last).toBe(new Date(startMs + 5).toISOString())
  })

  test('a fold names a machine only when every request in it did', async () => {
    const { table, recorder } = start()
    const named = { machineUuid: 'one', generation: 2 }
    for (const change of [named, named, { ...named, code: 'credential_missing' as const }])
      recorder.record(facts(change))
    recorder.record(facts({ machineUuid: 'another', code: 'credential_missing' }))
    await recorder.flush()
    expect(table.rows).toMatchObject([
      { machine: 'one', gen: 2, count: 2 },
      { machine: null, gen: null, count: 2 },
    ])
  })

  test('a fold that grows is written as further rows, so that the counts add up and no row changes', async () => {
    const { table, recorder } = start()
    for (const count of [3, 0, 4]) {
      for (let i = 0; i < count; i++) recorder.record(facts())
      await recorder.flush()
    }
    expect(table.rows.map((row) => row.count)).toEqual([3, 4])
    expect(new Set(table.rows.map((row) => row.id)).size).toBe(2)
    recorder.record(facts({ atMs: startMs + 60_000 }))
    await recorder.flush()
    expect(table.total()).toBe(8)
  })

  test('no more than 10,000 folds a minute, the rest as other sources', async () => {
    const { table, recorder } = start()
    for (let i = 0; i < 10_500; i++)
      recorder.record(facts({ sourceAddress: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}` }))
    await recorder.flush()
    expect(table.rows).toHaveLength(10_001)
    expect(table.total()).toBe(10_500)
    expect(table.rows.at(-1)).toMatchObject({
      count: 500,
      detail: 'Other sources',
      source: null,
      sname: null,
      gateway: null,
    })
  })
})

describe('when the database', () => {
  test('refuses a row, only that one is lost, with a word in the log', async () => {
    const { table, recorder } = start()
    const all = Array.from({ length: 40 }, (_, index) => facts({ isProven: true, path: `/${index}` }))
    table.refuses = (row) => row.path === '/17'
    for (const each of all) recorder.record(each)
    await recorder.flush()
    expect(table.rows).toHaveLength(39)
    expect(table.errors).toEqual(['unsupported Unicode escape sequence'])
  })

  test('is away, nothing is lost or counted twice, and memory stays bounded', async () => {
    const { table, recorder } = start()
    table.isAway = true
    // Two minutes in which 300 sources are denied every second, and one proven request.
    const seconds = 120
    for (let second = 0; second < seconds; second++) {
      for (let i = 0; i < 300; i++) {
        recorder.record(facts({ atMs: startMs + second * 1_000, sourceAddress: `10.0.${i >> 8}.${i & 255}` }))
      }
      recorder.record(facts({ isProven: true, atMs: startMs + second * 1_000 }))
      await recorder.flush()
    }
    expect(recorder.waiting()).toBe(300 + seconds)
    table.isAway = false
    await recorder.flush()
    expect(table.total()).toBe(seconds * 301)
    expect(recorder.waiting()).toBe(0)
  })

  test('is away for very long, denials with a valid signature are folded beyond 50,000', async () => {
    const { table, recorder } = start()
    table.isAway = true
    for (let i = 0; i < 50_100; i++) recorder.record(facts({ isProven: true }))
    await recorder.flush()
    expect(recorder.waiting()).toBe(50_001)
    table.isAway = false
    await recorder.flush()
    expect(table.total()).toBe(50_100)
  })
})

test('text of strangers is kept in a form that PostgreSQL takes, and bounded', async () => {
  const { table, recorder } = start()
  const nasty = `\0\u202e<script>\ud800${'x'.repeat(10_000)}`
  recorder.record(
    facts({
      isProven: true,
      serviceName: nasty,
      method: nasty,
      authority: nasty,
      reportedAuthority: nasty,
      path: nasty,
      queryNames: ['a\0b', '\udfff', 'x'.repeat(70)],
      sourceAddress: nasty,
    }),
  )
  await recorder.flush()
  const [row] = table.rows
  const texts = [row!.sname!, row!.method, row!.authority!, row!.reported!, row!.path, row!.source!, ...row!.names]
  for (const text of texts) {
    expect(text).not.toContain('\0')
    expect(text.isWellFormed()).toBe(true)
  }
  expect(texts.map((text) => text.length)).toEqual([63, 32, 255, 255, 2048, 64, 3, 1, 64])
  expect(row!.path).toContain('\u202e<script>')
})
