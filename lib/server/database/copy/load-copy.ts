import type { PoolClient } from 'pg'
import { countAnew } from '../../count/count-store'
import type { Database } from '../open-database'
import { applyMigrationsInTransaction } from '../run-migrations'
import type { CopyHeader, CopyRecord } from './copy-record'
import { listTables } from './list-tables'

/** A row may have a path of 2 KiB and 200 names of parameters: this many stay below a megabyte or two. */
const rowsAtOnce = 500

export interface LoadedCopy {
  readonly header: CopyHeader
  readonly rows: number
}

/**
 * Writes a copy into an empty database, in one transaction: the tables as they were when the copy was made, then its rows.
 * `finish` runs last in the same transaction. When this rejects, the database is as it was.
 *
 * `aside` names a schema to which what stands in `public` is renamed first; null refuses a database that holds anything.
 * Later migrations are the caller's to run. Throws when the copy is of a newer version, or the database is not empty.
 */
export async function loadCopy(
  database: Pick<Database, 'pool'>,
  records: AsyncIterable<CopyRecord>,
  options: {
    readonly migrationsFolder: string
    readonly aside: string | null
    readonly finish: (client: PoolClient, header: CopyHeader) => Promise<void>
  },
): Promise<LoadedCopy> {
  const client = await database.pool.connect()
  let isBroken = true
  try {
    await client.query('BEGIN')
    try {
      await refuseOthers(client)
      await makeRoom(client, options.aside)
      const loaded = await loadRecords(client, records, options.migrationsFolder)
      await countAnew(client)
      await options.finish(client, loaded.header)
      await client.query('COMMIT')
      isBroken = false
      return loaded
    } catch (error) {
      await client.query('ROLLBACK')
      isBroken = false
      throw error
    }
  } finally {
    client.release(isBroken)
  }
}

/** A node that runs would go on with what it knows of the database before. */
async function refuseOthers(client: PoolClient): Promise<void> {
  const { rows } = await client.query<{ others: number }>(
    `SELECT count(*)::int AS others FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE 'countersign%'`,
  )
  if ((rows[0]?.others ?? 0) > 0) {
    throw new Error('A Countersign process is connected to this database. Stop every node first.')
  }
}

async function makeRoom(client: PoolClient, aside: string | null): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm') LIMIT 1`,
  )
  if (rows.length === 0) return
  if (aside === null) {
    throw new Error(`The database is not empty (it has ${rows[0]?.name}). Nothing was changed.`)
  }
  await client.query(`ALTER SCHEMA "public" RENAME TO "${aside}"`)
  await client.query('CREATE SCHEMA "public"')
  await client.query('GRANT USAGE ON SCHEMA "public" TO PUBLIC')
}

async function loadRecords(
  client: PoolClient,
  records: AsyncIterable<CopyRecord>,
  migrationsFolder: string,
): Promise<LoadedCopy> {
  let header: CopyHeader | undefined
  let known = new Set<string>()
  let table: string | undefined
  let rows = 0
  for await (const record of records) {
    switch (record.kind) {
      case 'header':
        header = record.header
        await applyMigrationsInTransaction(client, migrationsFolder, header.migrations)
        await makePartitions(client, header)
        known = new Set((await listTables(client)).map(({ name }) => name))
        // What a migration puts into new tables stands in the copy as well, as it was; what triggers make of rows is made
        // anew at the end.
        await client.query(`TRUNCATE ${Array.from(known, (name) => `"${name}"`).join(', ')}`)
        await setTriggers(client, known, 'DISABLE')
        break
      case 'table':
        if (!known.has(record.table))
          throw new Error(`The copy has a table ${record.table} that these migrations do not make.`)
        table = record.table
        break
      case 'rows':
        if (table === undefined) throw new Error('The copy has rows before it names a table.')
        await insertRows(client, table, record.lines)
        rows += record.lines.length
    }
  }
  if (!header) throw new Error('The copy is empty.')
  await setTriggers(client, known, 'ENABLE')
  return { header, rows }
}

async function setTriggers(client: PoolClient, tables: Iterable<string>, state: 'ENABLE' | 'DISABLE'): Promise<void> {
  for (const table of tables) await client.query(`ALTER TABLE "${table}" ${state} TRIGGER USER`)
}

async function insertRows(client: PoolClient, table: string, lines: readonly string[]): Promise<void> {
  for (let start = 0; start < lines.length; start += rowsAtOnce) {
    const chunk = `[${lines.slice(start, start + rowsAtOnce).join(',')}]`
    await client.query(`INSERT INTO "${table}" SELECT * FROM json_populate_recordset(NULL::"${table}", $1::json)`, [
      chunk,
    ])
  }
}

const day = String.raw`\('[0-9]{4}-[0-9]{2}-[0-9]{2}(?: 00:00:00\+00)?'\)`
const boundsPattern = new RegExp(`^FOR VALUES FROM ${day} TO ${day}$`)

async function makePartitions(client: PoolClient, header: CopyHeader): Promise<void> {
  // A timestamp as a bound is printed, and read, in the session's zone.
  await client.query(`SET LOCAL timezone = 'UTC'`)
  for (const { table, name, bounds } of header.partitions) {
    if (!/^[a-z_]+$/.test(table) || name !== `${table}_${name.slice(-8)}` || !/^[0-9]{8}$/.test(name.slice(-8)))
      throw new Error('The copy names a partition in a way that these migrations do not.')
    if (!boundsPattern.test(bounds)) throw new Error(`The bounds of partition ${name} are not those of a day.`)
    // A migration may have made those of its own day.
    const { rows } = await client.query<{ isThere: boolean }>('SELECT to_regclass($1) IS NOT NULL AS "isThere"', [name])
    if (!rows[0]?.isThere) await client.query(`CREATE TABLE "${name}" PARTITION OF "${table}" ${bounds}`)
  }
}
