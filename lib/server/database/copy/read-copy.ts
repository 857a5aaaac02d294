import type { Pool, PoolClient } from 'pg'
import type { Database } from '../open-database'
import type { CopiedPartition, CopyHeader, CopyRecord } from './copy-record'
import { isDerived, listTables, type CopiedTable } from './list-tables'

/** Rows of the widest table in one page are a few megabytes. */
const rowsAtOnce = 1_000

/**
 * Reads the whole database as it is at one moment, while others write to it.
 *
 * On a PostgreSQL server this is one transaction of its own. The embedded database has one session, and decisions wait while
 * it is in a transaction: there only the tables that change are read in one; records, which never change, are read page by
 * page afterwards, up to that moment, with decisions in between. Whoever consumes this must not wait for anybody.
 *
 * Input: an open database. Memory is bounded by a page of rows. Throws when it holds no deployment.
 */
export async function* readCopy(database: Pick<Database, 'kind' | 'pool'>): AsyncGenerator<CopyRecord> {
  const { pool, kind } = database
  const client = await pool.connect()
  let header: CopyHeader
  let finalTables: CopiedTable[]
  let isBroken = true
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    await client.query(`SET LOCAL bytea_output = 'hex'`)
    header = await readHeader(client)
    yield { kind: 'header', header }
    const tables = await listTables(client)
    finalTables = tables.filter(({ isFinal }) => isFinal)
    for (const { name, isFinal } of tables) if (!isFinal) yield* readTable(client, name)
    if (kind === 'postgresql') for (const table of finalTables) yield* readFinalTable(client, table, 'infinity')
    await client.query('COMMIT')
    isBroken = false
  } finally {
    client.release(isBroken)
  }
  if (kind === 'embedded') for (const table of finalTables) yield* readFinalTable(pool, table, header.madeAt)
}

async function readHeader(client: PoolClient): Promise<CopyHeader> {
  const { rows } = await client.query<Omit<CopyHeader, 'migrations' | 'partitions'>>(
    `SELECT to_json(clock_timestamp()) #>> '{}' AS "madeAt", id AS "deploymentId", trust_domain AS "trustDomain",
            master_key_version AS "masterKeyVersion", encode(master_key_check, 'hex') AS "masterKeyCheck"
       FROM deployment`,
  )
  const [deployment] = rows
  if (!deployment) throw new Error('The database holds no deployment: there is nothing to copy.')
  const migrations = await client.query<CopyHeader['migrations'][number]>(
    `SELECT migration_name AS name, checksum FROM _prisma_migrations
      WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL ORDER BY migration_name`,
  )
  const partitions = await client.query<CopiedPartition>(
    `SELECT c.relname AS "table", n.relname AS name, pg_get_expr(n.relpartbound, n.oid) AS bounds
       FROM pg_inherits i JOIN pg_class n ON n.oid = i.inhrelid JOIN pg_class c ON c.oid = i.inhparent
      WHERE c.relkind = 'p' AND n.relkind = 'r' AND n.relispartition AND c.relnamespace = current_schema()::regnamespace
            AND NOT ${isDerived}
      ORDER BY 1, 2`,
  )
  return { ...deployment, migrations: migrations.rows, partitions: partitions.rows }
}

async function* readTable(client: PoolClient, table: string): AsyncGenerator<CopyRecord> {
  yield { kind: 'table', table }
  await client.query(`DECLARE copied NO SCROLL CURSOR FOR SELECT row_to_json(t)::text AS line FROM "${table}" t`)
  for (;;) {
    const { rows } = await client.query<{ line: string }>(`FETCH ${rowsAtOnce} FROM copied`)
    if (rows.length > 0) yield { kind: 'rows', lines: rows.map(({ line }) => line) }
    if (rows.length < rowsAtOnce) break
  }
  await client.query('CLOSE copied')
}

/** By its primary key, in statements that know nothing of each other: between two of them others use the connection. */
async function* readFinalTable(
  client: Pool | PoolClient,
  { name, key }: CopiedTable,
  until: string,
): AsyncGenerator<CopyRecord> {
  yield { kind: 'table', table: name }
  const columns = key.map(({ column }) => `t."${column}"`).join(', ')
  const texts = key.map(({ column }) => `t."${column}"::text`).join(', ')
  const given = key.map(({ type }, index) => `$${index + 2}::${type}`).join(', ')
  let after: readonly string[] = []
  for (;;) {
    const { rows } = await client.query<{ line: string; key: string[] }>(
      `SELECT row_to_json(t)::text AS line, ARRAY[${texts}] AS key FROM "${name}" t
        WHERE t."at" <= $1::timestamptz ${after.length > 0 ? `AND (${columns}) > (${given})` : ''}
        ORDER BY ${columns} LIMIT ${rowsAtOnce}`,
      [until, ...after],
    )
    if (rows.length > 0) yield { kind: 'rows', lines: rows.map(({ line }) => line) }
    const last = rows.at(-1)
    if (!last || rows.length < rowsAtOnce) return
    after = last.key
  }
}
