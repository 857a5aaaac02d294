import fc from 'fast-check'
import type { Pool, PoolClient } from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { countAllows, countOldDenials, type CountRequest, type CountStep } from '@/lib/server/count/count-store'
import { createCounter } from '@/lib/server/count/create-counter'
import { newUuid } from '@/lib/server/new-uuid'
import { writeDenials, type DenialRow } from '@/lib/server/verification/denial-store'
import { recordRows } from './support/record-rows'
import { decisionRow, seedMachine, seedService, type SeededMachine } from './support/seed-rows'
import { forEachSharedDatabase } from './support/shared-database'

/** What is counted, and what is not counted yet, beside what a look at every row finds at the same moment. */
async function readSums(pool: Pool) {
  const none = '00000000-0000-0000-0000-000000000000'
  const client = await pool.connect()
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
  const sums = async (sql: string) => {
    const { rows } = await client.query<{ key: string; count: string }>(sql)
    return Object.fromEntries(rows.map(({ key, count }) => [key, Number(count)]))
  }
  const key = (columns: string) => `concat_ws('|', ${columns})`
  const minute = `extract(epoch FROM date_trunc('minute', at, 'UTC'))`
  const uncounted = `at >= (SELECT allows_until FROM count_state)`
  const found = {
    counted: {
      services: await sums(
        `SELECT k AS key, sum(c) AS count FROM (
           SELECT ${key('extract(epoch FROM minute), service_id, gateway_id, outcome, code')} AS k, count AS c FROM service_minute
           UNION ALL SELECT ${key(`${minute}, service_id, coalesce(gateway_id, '${none}'), 'allowed', ''`)}, 1 FROM decision WHERE ${uncounted}) AS x GROUP BY 1`,
      ),
      machines: await sums(
        `SELECT k AS key, sum(c) AS count FROM (
           SELECT ${key('extract(epoch FROM minute), machine_id, service_id, outcome, code')} AS k, count AS c FROM machine_minute
           UNION ALL SELECT ${key(`${minute}, machine_id, service_id, 'allowed', ''`)}, 1 FROM decision WHERE ${uncounted}) AS x GROUP BY 1`,
      ),
    },
    raw: {
      services: await sums(
        `SELECT ${key(`${minute}, coalesce(service_id, '${none}'), coalesce(gateway_id, '${none}'), outcome, coalesce(code, '')`)} AS key, sum(count) AS count
           FROM decision_record GROUP BY 1`,
      ),
      machines: await sums(
        `SELECT ${key(`${minute}, machine_id, coalesce(service_id, '${none}'), outcome, coalesce(code, '')`)} AS key, sum(count) AS count
           FROM decision_record WHERE machine_id IS NOT NULL GROUP BY 1`,
      ),
    },
  }
  await client.query('COMMIT')
  client.release()
  return found
}

/** Without the margin for clocks, unless told: every row as soon as its writers have ended. */
function countNow(pool: Pool, request: Partial<CountRequest> = {}): Promise<CountStep> {
  return countAllows(pool, { mostRows: 1_000, marginSeconds: 0, againSeconds: null, ...request })
}

async function expectExact(pool: Pool): Promise<void> {
  const { counted, raw } = await readSums(pool)
  expect(counted).toEqual(raw)
}

/** An allow as the decision statement leaves it, some seconds ago: for what has to be older than the margin of a clock. */
async function allowAt(
  pool: Pool,
  machine: SeededMachine,
  service: { id: string },
  secondsAgo: number,
  gateway: string | null = null,
) {
  await pool.query(
    `INSERT INTO decision (generation_day, machine_id, generation, use_key, id, at, service_id, gateway_id, created, base_hash,
                           algorithm, method, authority, path, query_names, content)
     VALUES ($1, $2, 1, 'n' || $3, $3::uuid, clock_timestamp() - make_interval(secs => $4), $5, $6, 1, '', 'hmac-sha256', 'GET', 'a', '/', '{}', 'none')`,
    [machine.day, machine.id, newUuid(), secondsAgo, service.id, gateway],
  )
}

function denialOf(change: Partial<DenialRow> = {}): DenialRow {
  const at = new Date().toISOString()
  return {
    id: newUuid(),
    at,
    last: at,
    count: 1,
    outcome: 'denied',
    code: 'credential_missing',
    detail: null,
    service: null,
    sname: 'orders',
    gateway: null,
    machine: null,
    gen: null,
    use: null,
    conflict: null,
    method: 'GET',
    authority: null,
    reported: null,
    path: '/',
    names: [],
    query: null,
    source: null,
    ...change,
  }
}

forEachSharedDatabase('counts', (open, kind) => {
  let pool: Pool
  const held: PoolClient[] = []
  let deps: Awaited<ReturnType<typeof open>>['dependencies']
  beforeEach(async () => {
    deps = (await open()).dependencies
    pool = deps.pool
    // The rows of a test are its own, some of them before the edge that the database was made with.
    await pool.query(`UPDATE count_state SET allows_until = now() - interval '1 hour'`)
  })
  afterEach(async () => {
    for (const client of held.splice(0)) client.release(true)
    await pool.query('TRUNCATE decision, denial, machine_minute, service_minute')
  })

  /** A connection with an open transaction, ended with the test however it goes. */
  async function begin(from: Pool): Promise<PoolClient> {
    const client = await from.connect()
    held.push(client)
    await client.query('BEGIN')
    return client
  }

  test('are equal to the rows, whatever is recorded, denied and counted in whatever order, each row once', async () => {
    const machines = [await seedMachine(pool), await seedMachine(pool)]
    const services = [await seedService(pool), await seedService(pool)]
    const gateways = [newUuid(), null]
    const counter = createCounter(deps)
    const pick = { machine: fc.nat(1), service: fc.nat(1), gateway: fc.nat(1) }
    const step = fc.oneof(
      fc.record({ kind: fc.constant('allow' as const), ...pick, secondsAgo: fc.nat(300) }),
      fc.record({
        kind: fc.constant('deny' as const),
        ...pick,
        count: fc.integer({ min: 1, max: 9 }),
        hoursAgo: fc.integer({ min: -30, max: 800 }),
      }),
      fc.record({ kind: fc.constant('count' as const) }),
      fc.record({
        kind: fc.constant('chunk' as const),
        rows: fc.integer({ min: 1, max: 3 }),
        again: fc.option(fc.nat(400)),
      }),
    )
    // An allow's instant is never before what is counted, but when the clock went back: then it is counted anew.
    let edgeAgo = Infinity
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 12 }), async (steps) => {
        for (const each of steps) {
          if (each.kind === 'allow') {
            const wentBack = each.secondsAgo >= edgeAgo
            await allowAt(
              pool,
              machines[each.machine]!,
              services[each.service]!,
              each.secondsAgo,
              gateways[each.gateway],
            )
            if (wentBack) await countNow(pool, { mostRows: 2, againSeconds: each.secondsAgo + 1 })
          } else if (each.kind === 'deny') {
            const at = new Date(Date.now() - each.hoursAgo * 3_600_000).toISOString()
            const row = denialOf({
              at,
              last: at,
              count: each.count,
              service: services[each.service]!.id,
              gateway: gateways[each.gateway]!,
              machine: each.machine === 0 ? null : machines[1]!.id,
            })
            // Given twice, as after a broken connection, it is one row and counted once.
            await writeDenials(pool, [row, { ...denialOf(), outcome: 'observed', code: 'policy_denied' }])
            await writeDenials(pool, [row])
          } else if (each.kind === 'count') {
            await counter.run()
            // Whatever is older than this was counted.
            edgeAgo = 0
          } else {
            await countNow(pool, { mostRows: each.rows, againSeconds: each.again })
            edgeAgo = 0
          }
          await expectExact(pool)
        }
      }),
      { numRuns: kind === 'embedded' ? 4 : 8 },
    )
    await counter.run()
    const { rows } = await pool.query<{ left: string }>(
      `SELECT count(*) AS left FROM decision WHERE at >= (SELECT allows_until FROM count_state) AND at < now() - interval '10 seconds'`,
    )
    expect(rows).toEqual([{ left: '0' }])
  })

  test('of what was on record before there were counts are made up for, a day at a time, each once', async () => {
    const machine = await seedMachine(pool)
    const service = await seedService(pool)
    await pool.query('ALTER TABLE denial DISABLE TRIGGER denial_is_counted')
    await pool.query(
      `INSERT INTO denial (day, id, at, outcome, code, count, last_at, machine_id, service_id, is_counted)
       SELECT (now() AT TIME ZONE 'UTC')::date - n % 2, gen_random_uuid(), now() - n * interval '1 minute', 'denied', 'signature_invalid', 1 + n,
              now(), CASE WHEN n < 4 THEN $1::uuid END, $2, false FROM generate_series(0, 9) n`,
      [machine.id, service.id],
    )
    await pool.query('ALTER TABLE denial ENABLE TRIGGER denial_is_counted')
    await pool.query(`UPDATE count_state SET old_denials_through = (SELECT max(day) FROM denial)`)
    await writeDenials(pool, [denialOf({ service: service.id, machine: machine.id })])
    for (let n = 0; n < 30; n++) await allowAt(pool, machine, service, 60 + n * 20)
    expect(await countOldDenials(pool)).toBe(true)
    await createCounter(deps).run()
    expect(await countOldDenials(pool)).toBe(false)
    await expectExact(pool)
    const { rows } = await pool.query('SELECT sum(count)::int AS sum FROM service_minute')
    expect(rows).toEqual([{ sum: 55 + 1 + 30 }])
  })

  test('are made anew from the rows, whatever stood there', async () => {
    const machine = await seedMachine(pool)
    const service = await seedService(pool)
    await writeDenials(pool, [denialOf({ service: service.id, machine: machine.id, count: 7 }), denialOf({ count: 2 })])
    for (let n = 0; n < 9; n++) await allowAt(pool, machine, service, 60 + n)
    await createCounter(deps).run()
    await pool.query('UPDATE service_minute SET count = count + 1')
    await pool.query('DELETE FROM machine_minute')
    await pool.query('SELECT count_anew()')
    await expectExact(pool)
    await createCounter(deps).run()
    await expectExact(pool)
  })

  // Embedded there is one connection, which does one thing at a time.
  if (kind === 'embedded') return

  test('wait for who has taken his instant and has not committed, and for nobody else', async () => {
    const { database } = await open()
    const [machine, other, service] = [await seedMachine(pool), await seedMachine(pool), await seedService(pool)]
    const late = await begin(database.decisionPool)
    expect((await recordRows(late, [decisionRow(machine, service)])).size).toBe(1)
    await allowAt(pool, other, service, 100)
    await allowAt(pool, other, service, 0)
    expect(await countNow(pool)).toMatchObject({ counted: 0, hasMore: false })
    await late.query('COMMIT')
    expect(await countNow(pool)).toMatchObject({ counted: 3 })
    await expectExact(pool)
    // A transaction that only reads, or only holds a machine's row, keeps nothing from being counted.
    const reader = await begin(pool)
    await reader.query('SELECT count(*) FROM decision')
    await reader.query('SELECT 1 FROM machine WHERE id = $1 FOR SHARE', [machine.id])
    await allowAt(pool, other, service, 0)
    expect(await countNow(pool)).toMatchObject({ counted: 1 })
    await expectExact(pool)
  })

  test('of a node that dies in the middle are nobody’s, and the next one makes them', async () => {
    const [machine, service] = [await seedMachine(pool), await seedService(pool)]
    for (let n = 0; n < 20; n++) await allowAt(pool, machine, service, 30 + n)
    const dying = await begin(pool)
    const { rows } = await dying.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
    await dying.query(`SELECT * FROM count_allows(1000, '0', NULL)`)
    // While one is at it the others pass at once.
    expect(await countNow(pool)).toMatchObject({ counted: null, hasMore: false })
    dying.on('error', () => undefined)
    await pool.query('SELECT pg_terminate_backend($1)', [rows[0]!.pid])
    await expect(dying.query('SELECT 1')).rejects.toThrow()
    await expectExact(pool)
    expect(await countNow(pool)).toMatchObject({ counted: 20 })
    await expectExact(pool)
  })

  test('are exact at any moment while decisions are recorded and several nodes count', async () => {
    const { database } = await open()
    const machines = await Promise.all(Array.from({ length: 4 }, () => seedMachine(pool)))
    const service = await seedService(pool)
    let isOver = false
    const record = async () => {
      for (let round = 0; round < 15; round++) {
        const client = await database.decisionPool.connect()
        await recordRows(
          client,
          Array.from({ length: 20 }, (_, n) => decisionRow(machines[n % 4]!, service)),
        )
        client.release()
        await writeDenials(pool, [denialOf({ machine: machines[round % 4]!.id, service: service.id, count: 2 })])
      }
    }
    const count = async () => {
      const counter = createCounter(deps)
      while (!isOver) {
        await counter.run()
        await countNow(pool, { mostRows: 7 })
        await expectExact(pool)
      }
    }
    const counting = [count(), count()]
    await Promise.all([record(), record()]).finally(() => (isOver = true))
    await Promise.all(counting)
    await expectExact(pool)
    const { rows } = await pool.query('SELECT count(*)::int AS count FROM decision')
    expect(rows).toEqual([{ count: 600 }])
  })

  test('of a process that ends are left where they are, after one portion of a busy minute', async () => {
    const [machine, service] = [await seedMachine(pool), await seedService(pool)]
    await pool.query(
      `INSERT INTO decision (generation_day, machine_id, generation, use_key, id, at, service_id, created, base_hash,
                             algorithm, method, authority, path, query_names, content)
       SELECT $1, $2, 1, 'n' || n, gen_random_uuid(), clock_timestamp() - interval '60 s' + n * interval '1 ms', $3, 1, '',
              'hmac-sha256', 'GET', 'a', '/', '{}', 'none' FROM generate_series(1, 9000) n`,
      [machine.day, machine.id, service.id],
    )
    const counter = createCounter(deps)
    const portion = await counter.run(AbortSignal.abort())
    expect(portion).toBeGreaterThan(0)
    expect(portion).toBeLessThanOrEqual(2_000)
    await expectExact(pool)
    expect(portion + (await counter.run())).toBe(9_000)
    await expectExact(pool)
  })

  test('follow a clock that went back: what came in behind them is counted, and nothing twice', async () => {
    const [machine, service] = [await seedMachine(pool), await seedService(pool)]
    for (const ago of [200, 100, 20]) await allowAt(pool, machine, service, ago)
    await createCounter(deps).run()
    // As after a promotion of a server whose clock was behind by a minute.
    await allowAt(pool, machine, service, 70)
    // A node that starts looks back by itself.
    await createCounter(deps).run()
    await expectExact(pool)
    // Counted by a clock that was ahead by an hour.
    await pool.query(`UPDATE count_state SET allows_until = now() + interval '1 hour'`)
    await allowAt(pool, machine, service, 0)
    await countNow(pool)
    await expectExact(pool)
  })
})
