import type { Pool, PoolClient } from 'pg'
import { expect, test } from 'vitest'
import { explainDecisions, type DecisionRow } from '@/lib/server/verification/decision-store'
import { until } from '../verification/support/in-parallel'
import { recordRows } from './support/record-rows'
import { decisionRow, seedMachine, seedService } from './support/seed-rows'
import { forEachSharedDatabase } from './support/shared-database'

async function decide(pool: Pool, rows: readonly DecisionRow[]): Promise<string[]> {
  const client = await pool.connect()
  try {
    const recorded = await recordRows(client, rows)
    return rows.filter((row) => recorded.has(row.id)).map((row) => row.use)
  } finally {
    client.release()
  }
}

forEachSharedDatabase('the decision statement', (open, kind) => {
  test('records each use once, whatever else of it differs, and keeps what it was told', async () => {
    const { database } = await open()
    const pool = database.decisionPool
    const [machine, other, service] = [await seedMachine(pool), await seedMachine(pool), await seedService(pool)]
    const row = decisionRow(machine, service, { use: 's1' })
    const again = { ...row, id: decisionRow(machine, service).id }
    expect(await decide(pool, [row])).toEqual(['s1'])
    expect(await decide(pool, [again])).toEqual([])
    expect(
      await decide(pool, [{ ...again, base: Buffer.alloc(32, 0xff), method: 'POST', created: row.created + 1 }]),
    ).toEqual([])
    // The same number of another machine, and another number of this one, are other uses.
    expect(
      await decide(pool, [decisionRow(other, service, { use: 's1' }), decisionRow(machine, service, { use: 'n1' })]),
    ).toEqual(['s1', 'n1'])
    const { rows } = await pool.query(
      `SELECT id, use_key, method, path, query_names, base_hash AS base, at > now() - interval '1 minute' AS fresh
                                         FROM decision WHERE machine_id = $1 AND use_key = 's1'`,
      [machine.id],
    )
    expect(rows).toEqual([
      {
        id: row.id,
        use_key: 's1',
        method: 'GET',
        path: '/v1/orders',
        query_names: ['status'],
        base: row.base,
        fresh: true,
      },
    ])
    const why = (await explainDecisions(pool, [again])).get(again.id)
    expect(why).toMatchObject({
      earlierId: row.id,
      earlierBase: row.base,
      machineVersion: 3,
      serviceVersion: 5,
      isInWindow: true,
    })
  })

  test('keeps every value as it was told', async () => {
    const { database } = await open()
    const pool = database.decisionPool
    const [machine, service] = [await seedMachine(pool), await seedService(pool)]
    const created = Math.floor(Date.now() / 1000)
    const told = [
      decisionRow(machine, service, { names: [], query: null, source: null, path: '', created, expires: created + 1 }),
      decisionRow(machine, service, { names: [''], gateway: service.id, query: Buffer.alloc(32, 7), path: '/ä/€/😀' }),
      decisionRow(machine, service, {
        names: ['', 'a', ''],
        use: 'n0123456789abcdef',
        content: 'checked',
        alg: 'ed25519',
      }),
      decisionRow(machine, service, { names: ['{}', '"', ','], path: 'x'.repeat(2_048), authority: 'y'.repeat(1_024) }),
    ]
    expect(await decide(pool, told)).toEqual(told.map(({ use }) => use))
    const { rows } = await pool.query<DecisionRow>(
      `SELECT "generation_day"::text AS "day", "machine_id" AS "machine", 3 AS "mv", "generation" AS "gen", "use_key" AS "use",
              "id", "service_id" AS "service", 5 AS "sv", "gateway_id" AS "gateway", "created"::int AS "created",
              "base_hash" AS "base", "algorithm" AS "alg", "method", "authority", "path", "query_names" AS "names",
              "query_hash" AS "query", "content", "source_address" AS "source"
         FROM decision WHERE machine_id = $1`,
      [machine.id],
    )
    const byId = new Map(rows.map((row) => [row.id, row]))
    expect(told.map(({ id }) => byId.get(id))).toEqual(told.map(({ expires: _unkept, ...row }) => row))
  })

  test('takes one of several rows with the same key within a batch', async () => {
    const { database } = await open()
    const pool = database.decisionPool
    const [machine, service] = [await seedMachine(pool), await seedService(pool)]
    const rows = Array.from({ length: 100 }, () => decisionRow(machine, service, { use: 's7' }))
    expect(await decide(pool, rows)).toEqual(['s7'])
  })

  test('records nothing for what is not as the node believed, and the rest of the batch all the same', async () => {
    const { database } = await open()
    const pool = database.decisionPool
    const service = await seedService(pool)
    const retired = await seedService(pool, 'retired')
    const machine = await seedMachine(pool, { generation: 4, startedAgo: '119 seconds' })
    const renewedLongAgo = await seedMachine(pool, { generation: 4, startedAgo: '121 seconds' })
    const now = Math.floor(Date.now() / 1000)
    const rows: [string, DecisionRow][] = [
      ['good', decisionRow(machine, service)],
      ['the generation before, for two minutes', decisionRow(machine, service, { gen: 3 })],
      [
        'created and ended within the tolerance',
        decisionRow(machine, service, { created: now - 80, expires: now - 20 }),
      ],
      ['created a little in the future', decisionRow(machine, service, { created: now + 20, expires: now + 80 })],
    ]
    const refused: [string, DecisionRow][] = [
      ['the generation before, later', decisionRow(renewedLongAgo, service, { gen: 3 })],
      ['two generations before', decisionRow(machine, service, { gen: 2 })],
      ['a generation to come', decisionRow(machine, service, { gen: 5 })],
      ['another version of the machine', decisionRow(machine, service, { mv: machine.version - 1 })],
      ['another version of the service', decisionRow(machine, service, { sv: service.version - 1 })],
      ['a retired service', decisionRow(machine, retired)],
      ['an expired machine', decisionRow(await seedMachine(pool, { expiresIn: '-1 second' }), service)],
      ['too old', decisionRow(machine, service, { created: now - 100, expires: now - 40 })],
      ['too early', decisionRow(machine, service, { created: now + 40, expires: now + 100 })],
      ['a machine that is not there', decisionRow({ ...machine, id: service.id }, service)],
      ['a service that is not there', decisionRow(machine, { ...service, id: machine.id })],
    ]
    for (const state of ['pending', 'suspended', 'quarantined', 'expired', 'revoked']) {
      refused.push([`a machine that is ${state}`, decisionRow(await seedMachine(pool, { state }), service)])
    }
    const all = [...rows, ...refused]
    const client = await pool.connect()
    const recorded = await recordRows(
      client,
      all.map(([, row]) => row),
    )
    client.release()
    expect(all.filter(([, row]) => recorded.has(row.id)).map(([name]) => name)).toEqual(rows.map(([name]) => name))
    const { rows: found } = await pool.query<{ total: string }>(
      'SELECT count(*) AS total FROM decision WHERE id = ANY ($1)',
      [all.map(([, row]) => row.id)],
    )
    expect(found[0]!.total).toBe(String(rows.length))
  })

  test('refuses what was created before credentials are believed, and says so afterwards', async () => {
    const { database } = await open()
    const pool = database.decisionPool
    const [machine, service] = [await seedMachine(pool), await seedService(pool)]
    await pool.query(`UPDATE deployment SET credentials_from = now() + interval '10 seconds'`)
    const row = decisionRow(machine, service)
    expect(await decide(pool, [row])).toEqual([])
    expect((await explainDecisions(pool, [row])).get(row.id)).toMatchObject({ earlierId: null, isInWindow: false })
    const later = decisionRow(machine, service, { created: row.created + 15, expires: row.created + 75 })
    expect(await decide(pool, [later])).toEqual([later.use])
    await pool.query(`UPDATE deployment SET credentials_from = '-infinity'`)
  })

  test.each(['REPEATABLE READ', 'SERIALIZABLE'])('refuses to work in a transaction that is %s', async (level) => {
    const { database } = await open()
    const pool = database.decisionPool
    const [machine, service] = [await seedMachine(pool), await seedService(pool)]
    const client = await pool.connect()
    await client.query(`BEGIN ISOLATION LEVEL ${level}`)
    await expect(recordRows(client, [decisionRow(machine, service)])).rejects.toMatchObject({ code: '25000' })
    await client.query('ROLLBACK')
    client.release()
  })

  test('waits for the disk although the session does not', async () => {
    const { database } = await open()
    const pool = database.decisionPool
    const [machine, service] = [await seedMachine(pool), await seedService(pool)]
    const client = await pool.connect()
    await client.query('BEGIN')
    await client.query('SET LOCAL synchronous_commit = off')
    await recordRows(client, [decisionRow(machine, service)])
    const { rows } = await client.query('SHOW synchronous_commit')
    await client.query('COMMIT')
    client.release()
    expect(rows).toEqual([{ synchronous_commit: 'on' }])
  })

  test('what is on record is never changed or deleted, through the table or a partition', async () => {
    const { database } = await open()
    const pool = database.decisionPool
    const [machine, service] = [await seedMachine(pool), await seedService(pool)]
    await decide(pool, [decisionRow(machine, service)])
    await pool.query(`INSERT INTO denial (day, id, at, outcome, code, last_at)
                      VALUES ((now() AT TIME ZONE 'UTC')::date, gen_random_uuid(), now(), 'denied', 'unavailable', now())`)
    const partition = (table: string) => `${table}_${machine.day.replaceAll('-', '')}`
    for (const table of ['decision', partition('decision'), 'denial', partition('denial'), 'audit_event']) {
      const column = table === 'audit_event' ? 'reason' : 'path'
      const { rows } = await pool.query<{ total: string }>(`SELECT count(*) AS total FROM "${table}"`)
      expect(Number(rows[0]!.total), table).toBeGreaterThan(0)
      for (const sql of [`UPDATE "${table}" SET ${column} = 'changed'`, `DELETE FROM "${table}"`]) {
        await expect(pool.query(sql), sql).rejects.toMatchObject({ code: '23001' })
      }
      expect((await pool.query(`SELECT count(*) AS total FROM "${table}"`)).rows).toEqual(rows)
    }
  })

  // Embedded there is one connection, which does one thing at a time.
  if (kind === 'embedded') return

  test('the same keys in opposite order from two connections end in no deadlock', async () => {
    const { database } = await open()
    const pool = database.decisionPool
    const service = await seedService(pool)
    const machines = await Promise.all(Array.from({ length: 8 }, () => seedMachine(pool)))
    for (let round = 0; round < 25; round++) {
      const rows = Array.from({ length: 200 }, (_, index) => decisionRow(machines[index % 8]!, service))
      const others = rows.map((row) => ({ ...row, id: decisionRow(machines[0]!, service).id })).reverse()
      const [first, second] = await Promise.all([decide(pool, rows), decide(pool, others)])
      expect([...first, ...second].sort()).toEqual(rows.map((row) => row.use).sort())
    }
  })

  test('a change of the machine waits for the batch that saw it as it was, and no later batch does', async () => {
    const { database } = await open()
    const [machine, service] = [await seedMachine(database.pool), await seedService(database.pool)]
    const batch: PoolClient = await database.decisionPool.connect()
    await batch.query('BEGIN')
    expect((await recordRows(batch, [decisionRow(machine, service)])).size).toBe(1)
    let isRevoked = false
    const revocation = database.pool
      .query(`UPDATE machine SET state = 'revoked', version = version + 1 WHERE id = $1`, [machine.id])
      .then(() => (isRevoked = true))
    await until(
      async () => {
        // On a connection of its own: inside the batch's transaction the view would show the same moment for ever.
        const { rows } = await database.pool.query(
          `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'UPDATE machine%'`,
        )
        return rows.length > 0 ? true : undefined
      },
      5_000,
      'The wait of the revocation',
    )
    expect(isRevoked).toBe(false)
    await batch.query('COMMIT')
    batch.release()
    await revocation
    expect(await decide(database.decisionPool, [decisionRow(machine, service)])).toEqual([])
  })
})
