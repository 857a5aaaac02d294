import type { Pool, PoolClient } from 'pg'

/**
 * Rows that are written once. Vacuum comes by what was added, not by a share of a table that only grows, and freezes all
 * that it sees at its first visit: batches use up transaction ids by the thousand, and what is frozen already is nothing
 * to do when they come round. Otherwise every partition of the whole retention would be read and rewritten at once then.
 */
const writtenOnce = {
  autovacuum_vacuum_insert_scale_factor: '0',
  autovacuum_vacuum_insert_threshold: '500000',
  autovacuum_freeze_min_age: '0',
  autovacuum_freeze_table_age: '0',
  autovacuum_multixact_freeze_min_age: '0',
  autovacuum_multixact_freeze_table_age: '0',
}

/**
 * Counts are updated about a dozen times within their minute and never again: room on the page keeps those updates off
 * the indexes and lets the next one reuse the place, and vacuum comes while the dead versions are few.
 */
const countedUp = {
  fillfactor: '80',
  autovacuum_vacuum_scale_factor: '0.05',
  autovacuum_freeze_min_age: '0',
  autovacuum_freeze_table_age: '0',
}

/**
 * The partitioned tables, each with what PostgreSQL keeps for partitions alone (a parent takes no storage parameters).
 * Allows go by the day of their generation, all else by the day on which it was written.
 */
const partitionedTables = {
  decision: writtenOnce,
  denial: writtenOnce,
  machine_minute: countedUp,
  service_minute: countedUp,
} as const
type PartitionedTable = keyof typeof partitionedTables
const tableNames = Object.keys(partitionedTables) as PartitionedTable[]

/** Partitions made ahead: a node that cannot reach the database for a week still finds one. */
export const partitionDaysAhead = 7
const maintenanceLock = 7_220_131_903
const lockTries = 20

/**
 * Makes the partitions of yesterday to seven days ahead and drops those that nothing needs any more.
 *
 * A decision partition goes when every generation of its day is past its end by the retention, so that a credential
 * that could still be used always finds the record of its first use. Partitions are made apart and attached, and
 * detached concurrently, with a lock timeout: decisions never queue behind maintenance.
 * Input: retention in days; the day is the database's own. Returns the names made and dropped.
 */
export async function maintainPartitions(
  pool: Pool,
  retentionDays: number,
): Promise<{ made: string[]; dropped: string[] }> {
  const client = await pool.connect()
  try {
    await client.query('SELECT pg_advisory_lock($1)', [maintenanceLock])
    try {
      await client.query(`SET lock_timeout = '100ms'`)
      const made: string[] = []
      const dropped: string[] = []
      // All that is needed first: what cannot be dropped now must not keep tomorrow from having its partition.
      for (const table of tableNames) made.push(...(await makeMissing(client, table)))
      for (const table of tableNames) await setParameters(client, table)
      for (const table of tableNames) dropped.push(...(await dropOutdated(client, table, retentionDays)))
      return { made, dropped }
    } finally {
      await client.query('RESET lock_timeout')
      await client.query('SELECT pg_advisory_unlock($1)', [maintenanceLock])
    }
  } finally {
    client.release()
  }
}

/** How many days from today on have a partition in every table. `/readyz` fails below two. */
export async function countPartitionDaysAhead(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ ahead: number }>(
    `SELECT min(ahead)::int AS ahead FROM (
       SELECT p.name, count(c.oid) AS ahead
         FROM unnest($1::text[]) AS p(name)
         CROSS JOIN generate_series(0, $2::int) AS d(n)
         LEFT JOIN pg_class c
           ON c.relname = p.name || '_' || to_char((now() AT TIME ZONE 'UTC')::date + d.n, 'YYYYMMDD') AND c.relispartition
        GROUP BY p.name) AS counted`,
    [tableNames, partitionDaysAhead],
  )
  return rows[0]?.ahead ?? 0
}

async function makeMissing(client: PoolClient, table: PartitionedTable): Promise<string[]> {
  const { rows } = await client.query<{ name: string; from: string; to: string; attached: boolean; exists: boolean }>(
    `SELECT $1 || '_' || to_char(d, 'YYYYMMDD') AS name, d::text AS "from", (d + 1)::text AS "to",
            coalesce(c.relispartition, false) AS attached, c.oid IS NOT NULL AS exists
       FROM (SELECT (now() AT TIME ZONE 'UTC')::date + n AS d FROM generate_series(-1, $2::int) AS n) AS days
       LEFT JOIN pg_class c ON c.relname = $1 || '_' || to_char(d, 'YYYYMMDD')`,
    [table, partitionDaysAhead],
  )
  const made: string[] = []
  for (const day of rows) {
    if (day.attached) continue
    if (!day.exists) await client.query(`CREATE TABLE "${day.name}" (LIKE "${table}" INCLUDING ALL)`)
    await retryOnLock(() =>
      client.query(
        `ALTER TABLE "${table}" ATTACH PARTITION "${day.name}" FOR VALUES FROM ('${day.from}') TO ('${day.to}')`,
      ),
    )
    made.push(day.name)
  }
  return made
}

/** Also for partitions of a version that set others. Decisions do not wait: the lock is that of vacuum. */
async function setParameters(client: PoolClient, table: PartitionedTable): Promise<void> {
  const wanted = Object.entries(partitionedTables[table]).map(([name, value]) => `${name}=${value}`)
  const { rows } = await client.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
      WHERE i.inhparent = $1::regclass AND NOT coalesce(c.reloptions, '{}') @> $2::text[] ORDER BY c.relname`,
    [table, wanted],
  )
  for (const { name } of rows) {
    await retryOnLock(() => client.query(`ALTER TABLE "${name}" SET (${wanted.join(', ')})`))
  }
}

async function dropOutdated(client: PoolClient, table: PartitionedTable, retentionDays: number): Promise<string[]> {
  const stillNeeded =
    table === 'decision'
      ? `OR EXISTS (SELECT 1 FROM "generation" g WHERE g."day" = p.day AND g."expires_at" > now() - make_interval(days => $2))`
      : ''
  const { rows } = await client.query<{ name: string; attached: boolean }>(
    `SELECT p.name, p.attached FROM (
       SELECT c.relname AS name, c.relispartition AS attached, to_date(right(c.relname, 8), 'YYYYMMDD') AS day
         FROM pg_class c WHERE c.relkind = 'r' AND c.relname ~ ('^' || $1 || '_[0-9]{8}$')) AS p
      WHERE NOT (p.day >= (now() AT TIME ZONE 'UTC')::date - $2::int - 1 ${stillNeeded})
      ORDER BY p.day`,
    [table, retentionDays],
  )
  const dropped: string[] = []
  for (const { name, attached } of rows) {
    try {
      if (attached) await retryOnLock(() => detach(client, table, name))
      await retryOnLock(() => client.query(`DROP TABLE "${name}"`))
      dropped.push(name)
    } catch (error) {
      // A long transaction reads it still: the next time, and only then those behind it, because one at a time can wait.
      if (!isLockTimeout(error)) throw error
      break
    }
  }
  return dropped
}

/** Detaching concurrently is two transactions: when the second one gave up, only FINALIZE is taken from then on. */
async function detach(client: PoolClient, table: PartitionedTable, name: string): Promise<void> {
  const { rows } = await client.query<{ pending: boolean }>(
    'SELECT inhdetachpending AS pending FROM pg_inherits WHERE inhrelid = $1::regclass',
    [`"${name}"`],
  )
  if (!rows[0]) return
  const how = rows[0].pending ? 'FINALIZE' : 'CONCURRENTLY'
  await client.query(`ALTER TABLE "${table}" DETACH PARTITION "${name}" ${how}`)
}

/** Tries again when the lock timeout ended a statement (SQLSTATE 55P03); throws the last error. */
async function retryOnLock(run: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await run()
      return
    } catch (error) {
      if (!isLockTimeout(error) || attempt === lockTries) throw error
    }
  }
}

function isLockTimeout(error: unknown): boolean {
  return (error as { code?: string }).code === '55P03'
}
