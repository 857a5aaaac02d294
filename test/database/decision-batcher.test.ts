import type { Pool } from 'pg'
import { expect, test } from 'vitest'
import { DecisionBatcher, type RecordOutcome } from '@/lib/server/verification/decision-batcher'
import { until } from '../verification/support/in-parallel'
import { decisionRow, seedMachine, seedService } from './support/seed-rows'
import { forEachSharedDatabase } from './support/shared-database'

forEachSharedDatabase('the batcher', (open, kind) => {
  function batcherOn(pool: Pool, onError: (error: Error, rows: number) => void = () => undefined) {
    return new DecisionBatcher(pool, {
      lanes: kind === 'embedded' ? 1 : 2,
      canReplaceConnection: kind !== 'embedded',
      onNewConnection: () => Promise.resolve(),
      onError,
    })
  }
  const within = (ms: number) => performance.now() + ms
  const outcomes = (all: readonly RecordOutcome[]) => all.map(({ outcome }) => outcome)

  test('one row that the database cannot take is denied, all others in its batch are recorded', async () => {
    const { database } = await open()
    const [machine, service] = [await seedMachine(database.pool), await seedService(database.pool)]
    const errors: number[] = []
    const batcher = batcherOn(database.decisionPool, (_error, rows) => errors.push(rows))
    const rows = Array.from({ length: 256 }, (_, index) =>
      decisionRow(machine, service, index === 100 ? { path: 'a\0b' } : index === 200 ? { day: '2001-01-01' } : {}),
    )
    const results = await Promise.all(rows.map((row) => batcher.record(row, within(20_000))))
    expect(results.flatMap(({ outcome }, index) => (outcome === 'recorded' ? [] : [index]))).toEqual([100, 200])
    expect(results[100]).toEqual({ outcome: 'unavailable', reason: 'row' })
    expect(results[200]).toEqual({ outcome: 'unavailable', reason: 'row' })
    expect(errors).toEqual([1, 1])
    const { rows: found } = await database.pool.query<{ total: string }>(
      'SELECT count(*) AS total FROM decision WHERE machine_id = $1',
      [machine.id],
    )
    expect(found[0]!.total).toBe('254')
    await batcher.drained()
  })

  test('what the statement did not take comes back with the reason, and its own earlier try as recorded', async () => {
    const { database } = await open()
    const [machine, service] = [await seedMachine(database.pool), await seedService(database.pool)]
    const batcher = batcherOn(database.decisionPool)
    const row = decisionRow(machine, service)
    const other = { ...row, id: decisionRow(machine, service).id }
    const stale = decisionRow(machine, service, { mv: 1 })
    expect(await batcher.record(row, within(20_000))).toEqual({ outcome: 'recorded' })
    // The connection broke after the commit: the same id asks again.
    expect(await batcher.record(row, within(20_000))).toEqual({ outcome: 'recorded' })
    expect(await batcher.record(other, within(20_000))).toMatchObject({
      outcome: 'undecided',
      why: { earlierId: row.id },
    })
    expect(await batcher.record(stale, within(20_000))).toMatchObject({
      outcome: 'undecided',
      why: { earlierId: null, machineVersion: machine.version, isInWindow: true },
    })
  })

  test('beyond its bound the queue says no at once, and everything in it is still settled', async () => {
    const { database } = await open()
    const [machine, service] = [await seedMachine(database.pool), await seedService(database.pool)]
    const batcher = batcherOn(database.decisionPool)
    const startedMs = performance.now()
    const results = Array.from({ length: 8_300 }, () => batcher.record(decisionRow(machine, service), within(60_000)))
    const last = await results.at(-1)
    expect(last).toEqual({ outcome: 'unavailable', reason: 'queue' })
    expect(performance.now() - startedMs).toBeLessThan(2_000)
    const all = outcomes(await Promise.all(results))
    expect(all.filter((outcome) => outcome === 'recorded')).toHaveLength(8_192)
    expect(all.filter((outcome) => outcome === 'unavailable')).toHaveLength(108)
    await batcher.drained()
  })

  test('whoever has waited too long when the turn comes is told so, and nothing of that is recorded', async () => {
    const { database } = await open()
    const [machine, service] = [await seedMachine(database.pool), await seedService(database.pool)]
    const batcher = batcherOn(database.decisionPool)
    const [late, good] = [decisionRow(machine, service), decisionRow(machine, service)]
    const results = await Promise.all([batcher.record(late, within(0)), batcher.record(good, within(20_000))])
    expect(results).toEqual([{ outcome: 'unavailable', reason: 'deadline' }, { outcome: 'recorded' }])
    const { rows } = await database.pool.query('SELECT id FROM decision WHERE id = ANY ($1)', [[late.id, good.id]])
    expect(rows).toEqual([{ id: good.id }])
    await batcher.drained()
  })

  // The embedded database's one connection cannot be thrown away; whoever waits for it races it.
  if (kind === 'embedded') return

  test('gives up a connection that says nothing by the last deadline, and goes on with another', async () => {
    const { database } = await open()
    const [machine, service] = [await seedMachine(database.pool), await seedService(database.pool)]
    const batcher = batcherOn(database.decisionPool)
    const blocker = await database.pool.connect()
    await blocker.query('BEGIN')
    await blocker.query('SELECT 1 FROM machine WHERE id = $1 FOR UPDATE', [machine.id])
    const startedMs = performance.now()
    const results = await Promise.all([
      batcher.record(decisionRow(machine, service), within(200)),
      batcher.record(decisionRow(machine, service), within(300)),
    ])
    expect(performance.now() - startedMs).toBeLessThan(1_000)
    expect(outcomes(results)).toEqual(['unavailable', 'unavailable'])
    await blocker.query('ROLLBACK')
    blocker.release()
    expect(await batcher.record(decisionRow(machine, service), within(20_000))).toEqual({ outcome: 'recorded' })
    await batcher.drained()
  })

  test('few rows wait for the batch under way to end, but not for one that hangs', async () => {
    const { database } = await open()
    const [machine, other, service] = [
      await seedMachine(database.pool),
      await seedMachine(database.pool),
      await seedService(database.pool),
    ]
    const sizes: number[] = []
    const batcher = new DecisionBatcher(database.decisionPool, {
      lanes: 2,
      canReplaceConnection: true,
      onNewConnection: () => Promise.resolve(),
      onError: () => undefined,
      onBatch: (rows) => sizes.push(rows),
    })
    const blocker = await database.pool.connect()
    await blocker.query('BEGIN')
    await blocker.query('SELECT 1 FROM machine WHERE id = $1 FOR UPDATE', [machine.id])
    try {
      const hanging = batcher.record(decisionRow(machine, service), within(20_000))
      await until(() => Promise.resolve(batcher.busyLanes() === 1 || undefined))
      // Of another machine, while the first batch waits for the lock.
      expect(await batcher.record(decisionRow(other, service), within(20_000))).toEqual({ outcome: 'recorded' })
      const crowd = Array.from({ length: 40 }, () => batcher.record(decisionRow(other, service), within(20_000)))
      expect(new Set(outcomes(await Promise.all(crowd)))).toEqual(new Set(['recorded']))
      await until(() => Promise.resolve(batcher.busyLanes() === 1 || undefined))
      expect(sizes).toEqual([1, 40])
      await blocker.query('ROLLBACK')
      expect(await hanging).toEqual({ outcome: 'recorded' })
    } finally {
      blocker.release(true)
    }
    await batcher.drained()
  })
})
