import { createHash, randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import type { Pool, PoolClient, QueryConfig } from 'pg'

/** Any constant will do, as long as every version of Countersign uses the same one. */
const migrationLock = 7_220_131_902

const longestMigrationMs = 60 * 60 * 1000

const createBookkeeping = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" varchar(36) PRIMARY KEY, "checksum" varchar(64) NOT NULL, "finished_at" timestamptz,
  "migration_name" varchar(255) NOT NULL, "logs" text, "rolled_back_at" timestamptz,
  "started_at" timestamptz NOT NULL DEFAULT now(), "applied_steps_count" integer NOT NULL DEFAULT 0)`

/**
 * Brings the database to this version's tables: the folders of `prisma/migrations` in order, each in a transaction of its
 * own, under an advisory lock, recorded where `prisma migrate deploy` looks.
 *
 * Returns the names applied now. Throws when the database holds a migration that this version does not know (it was
 * written by a newer one) or one whose text has changed.
 */
export async function runMigrations(pool: Pool, folder: string): Promise<string[]> {
  const known = await readMigrations(folder)
  const client = await pool.connect()
  try {
    await client.query('SELECT pg_advisory_lock($1)', [migrationLock])
    try {
      await client.query(createBookkeeping)
      const recorded = await readRecorded(client)
      refuseForeign(known, recorded)
      const missing = known.filter((migration) => !recorded.has(migration.name))
      for (const migration of missing) await applyMigration(client, migration)
      return missing.map((migration) => migration.name)
    } finally {
      await client.query('SELECT pg_advisory_unlock($1)', [migrationLock])
    }
  } finally {
    client.release()
  }
}

/**
 * Makes the tables of an older or the same version in a database without any, inside the caller's transaction: for a copy
 * that was made with them. Throws when this version does not know one of the migrations.
 */
export async function applyMigrationsInTransaction(
  client: PoolClient,
  folder: string,
  wanted: readonly { readonly name: string; readonly checksum: string }[],
): Promise<void> {
  const migrations = await findMigrations(folder, wanted)
  await client.query(createBookkeeping)
  for (const migration of migrations) await applyAndRecord(client, migration)
}

/** The migrations of these names and checksums, in order. Throws when this version does not know one of them. */
export async function findMigrations(
  folder: string,
  wanted: readonly { readonly name: string; readonly checksum: string }[],
): Promise<Migration[]> {
  const known = await readMigrations(folder)
  const names = new Map(wanted.map(({ name, checksum }) => [name, checksum]))
  refuseForeign(known, names)
  return known.filter((migration) => names.has(migration.name))
}

export interface Migration {
  readonly name: string
  readonly sql: string
  readonly checksum: string
}

async function readMigrations(folder: string): Promise<Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  return Promise.all(
    names.sort().map(async (name) => {
      const sql = await readFile(path.join(folder, name, 'migration.sql'), 'utf8')
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    }),
  )
}

async function readRecorded(client: PoolClient): Promise<Map<string, string>> {
  const { rows } = await client.query<{ migration_name: string; checksum: string }>(
    'SELECT migration_name, checksum FROM "_prisma_migrations" WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL',
  )
  return new Map(rows.map((row) => [row.migration_name, row.checksum]))
}

function refuseForeign(known: readonly Migration[], recorded: ReadonlyMap<string, string>): void {
  const byName = new Map(known.map((migration) => [migration.name, migration]))
  for (const [name, checksum] of recorded) {
    const migration = byName.get(name)
    if (!migration) {
      throw new Error(
        `The database was written by a newer version of Countersign (migration ${name}). Start that version.`,
      )
    }
    if (migration.checksum !== checksum) {
      throw new Error(`Migration ${name} is not the one that this database was made with. Restore the released file.`)
    }
  }
}

async function applyMigration(client: PoolClient, migration: Migration): Promise<void> {
  await client.query('BEGIN')
  try {
    await applyAndRecord(client, migration)
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  }
}

async function applyAndRecord(client: PoolClient, migration: Migration): Promise<void> {
  // A new index on a table of many rows takes its time; the driver's own limit is for questions of a page.
  const statement: QueryConfig & { query_timeout: number } = { text: migration.sql, query_timeout: longestMigrationMs }
  await client.query(statement)
  await client.query(
    `INSERT INTO "_prisma_migrations" (id, checksum, finished_at, migration_name, applied_steps_count)
     VALUES ($1, $2, now(), $3, 1)`,
    [randomUUID(), migration.checksum, migration.name],
  )
}
