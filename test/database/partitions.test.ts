import type { Pool } from 'pg'
import { expect, test } from 'vitest'
import { newUuid } from '@/lib/server/new-uuid'
import {
  countPartitionDaysAhead,
  maintainPartitions,
  partitionDaysAhead,
} from '@/lib/server/database/maintain-partitions'
import { seedMachine } from './support/seed-rows'
import { forEachSharedDatabase } from './support/shared-database'

const retentionDays = 90

async function partitionsOf(pool: Pool, table: string): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
      WHERE i.inhparent = $1::regclass ORDER BY c.relname`,
    [table],
  )
  return rows.map(({ name }) => name)
}

/** A partition of a day in the past, as an older run made it; answers its name and day. */
async function makeOldPartition(pool: Pool, table: string, daysAgo: number): Promise<{ name: string; day: string }> {
  const { rows } = await pool.query<{ day: string; next: string }>(
    `SELECT ((now() AT TIME ZONE 'UTC')::date - $1::int)::text AS day, ((now() AT TIME ZONE 'UTC')::date - $1::int + 1)::text AS next`,
    [daysAgo],
  )
  const { day, next } = rows[0]!
  const name = `${table}_${day.replaceAll('-', '')}`
  await pool.query(`CREATE TABLE "${name}" PARTITION OF "${table}" FOR VALUES FROM ('${day}') TO ('${next}')`)
  return { name, day }
}

async function addGeneration(pool: Pool, day: string, expiresAgo: string): Promise<void> {
  const machine = await seedMachine(pool)
  await pool.query(
    `INSERT INTO generation (machine_id, generation, day, signing_jwk, signing_thumbprint, agreement_jwk, agreement_thumbprint, generator_kid, expires_at)
     SELECT $1, 1, $2, '{}', $3, '{}', $4, kid, now() - $5::interval FROM deployment_key WHERE purpose = 'generator' LIMIT 1`,
    [machine.id, day, newUuid(), newUuid(), expiresAgo],
  )
}

forEachSharedDatabase('partitions', (open, kind) => {
  test('stand ready from yesterday to a week ahead, and making them again changes nothing', async () => {
    const { database } = await open()
    const { pool } = database
    for (const table of ['decision', 'denial']) {
      expect(await partitionsOf(pool, table)).toHaveLength(1 + 1 + partitionDaysAhead)
    }
    expect(await countPartitionDaysAhead(pool)).toBe(1 + partitionDaysAhead)
    expect(await maintainPartitions(pool, retentionDays)).toEqual({ made: [], dropped: [] })

    const last = (await partitionsOf(pool, 'denial')).at(-1)!
    await pool.query(`DROP TABLE "${last}"`)
    expect(await countPartitionDaysAhead(pool)).toBe(partitionDaysAhead)
    expect(await maintainPartitions(pool, retentionDays)).toEqual({ made: [last], dropped: [] })
    // One that was made and not attached, when a process died in between, is attached now.
    await pool.query(`ALTER TABLE denial DETACH PARTITION "${last}"`)
    expect(await maintainPartitions(pool, retentionDays)).toEqual({ made: [last], dropped: [] })
  })

  test('go only when no generation of their day could still be used, and the retention is over', async () => {
    const { database } = await open()
    const { pool } = database
    const inUse = await makeOldPartition(pool, 'decision', 400)
    await addGeneration(pool, inUse.day, '-1 hour')
    const endedLately = await makeOldPartition(pool, 'decision', 300)
    await addGeneration(pool, endedLately.day, '89 days')
    const done = await makeOldPartition(pool, 'decision', 200)
    await addGeneration(pool, done.day, '91 days')
    const empty = await makeOldPartition(pool, 'decision', 150)
    const young = await makeOldPartition(pool, 'decision', retentionDays)
    const oldDenials = await makeOldPartition(pool, 'denial', retentionDays + 2)
    const youngDenials = await makeOldPartition(pool, 'denial', retentionDays)

    const { made, dropped } = await maintainPartitions(pool, retentionDays)
    expect(made).toEqual([])
    expect(dropped.sort()).toEqual([done.name, empty.name, oldDenials.name].sort())
    const left = [...(await partitionsOf(pool, 'decision')), ...(await partitionsOf(pool, 'denial'))]
    for (const { name } of [inUse, endedLately, young, youngDenials]) expect(left).toContain(name)
    for (const name of dropped) {
      expect(left).not.toContain(name)
      expect((await pool.query('SELECT to_regclass($1) AS oid', [`"${name}"`])).rows).toEqual([{ oid: null }])
    }
  })

  test('without a partition a credential of that day is refused, not forgotten', async () => {
    const { database } = await open()
    const { pool } = database
    await expect(
      pool.query(`INSERT INTO decision (generation_day, machine_id, generation, use_key, id, at, service_id, created, base_hash,
                    algorithm, method, authority, path, query_names, content)
                  VALUES ('2001-01-01', gen_random_uuid(), 1, 's1', gen_random_uuid(), now(), gen_random_uuid(), 1, '', 'a', 'GET', 'a', '/', '{}', 'none')`),
    ).rejects.toMatchObject({ code: '23514' })
  })

  // Embedded there is one connection, which does one thing at a time.
  if (kind === 'embedded') return

  test('beside a long transaction maintenance neither waits for it nor stays broken by it', async () => {
    const { database } = await open()
    const { pool } = database
    const old = [await makeOldPartition(pool, 'decision', 200), await makeOldPartition(pool, 'decision', 199)]
    const last = (await partitionsOf(pool, 'denial')).at(-1)!
    await pool.query(`DROP TABLE "${last}"`)
    const reader = await pool.connect()
    await reader.query('BEGIN')
    await reader.query('SELECT count(*) FROM decision')
    // Whatever becomes of the old partitions for now, the new ones are made.
    expect(await maintainPartitions(pool, retentionDays)).toEqual({ made: [last], dropped: [] })
    expect(await maintainPartitions(pool, retentionDays)).toEqual({ made: [], dropped: [] })
    await reader.query('COMMIT')
    reader.release()
    const { dropped } = await maintainPartitions(pool, retentionDays)
    expect(dropped).toEqual(old.map(({ name }) => name))
  })
})
