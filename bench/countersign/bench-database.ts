import { randomBytes } from 'node:crypto'
import { Client } from 'pg'
import { startEmbeddedDatabase } from '@/lib/server/database/start-embedded-database'
import { createThrowawayPostgres } from '@/test/setup/throwaway-postgres'

/** A PostgreSQL server for the run: a fresh one on loopback that flushes as by default, or that of `TEST_DATABASE_URL`. */
export interface BenchPostgres {
  /** `PostgreSQL 15.9` */
  readonly version: string
  createDatabase(): Promise<{ readonly url: string; drop(): Promise<void> }>
  remove(): Promise<void>
}

export async function openBenchPostgres(): Promise<BenchPostgres> {
  const given = process.env.TEST_DATABASE_URL
  const own = given === undefined ? await createThrowawayPostgres() : undefined
  const maintenanceUrl = given ?? own?.url ?? ''
  if (own) await ageLog(own.url)
  const version = await queryOne(maintenanceUrl, 'SHOW server_version')
  return {
    version: `PostgreSQL ${version.split(' ')[0] ?? ''}`,
    async createDatabase() {
      const name = `bench_${randomBytes(8).toString('hex')}`
      await queryOne(maintenanceUrl, `CREATE DATABASE ${name}`)
      const url = new URL(maintenanceUrl)
      url.pathname = `/${name}`
      return {
        url: url.href,
        drop: async () => {
          await queryOne(maintenanceUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
        },
      }
    },
    remove: () => own?.remove() ?? Promise.resolve(),
  }
}

/** Near what a server with the default settings writes between two checkpoints when it is busy. */
const logMegabytes = 800

/**
 * Makes a fresh server what one is that has been at work: segments of its write-ahead log are there to be written over. A
 * new one makes each of them, 16 MiB of zeros and a flush, while every commit waits.
 */
async function ageLog(url: string): Promise<void> {
  for (let checkpoint = 0; checkpoint < 2; checkpoint++) {
    await queryOne(
      url,
      `SELECT count(pg_logical_emit_message(false, 'bench', repeat('x', 1048576))) FROM generate_series(1, ${logMegabytes})`,
    )
    await queryOne(url, 'CHECKPOINT')
  }
}

const countAllows = 'SELECT count(*) FROM decision'

/** How many allows are on record. */
export async function countDecisions(databaseUrl: string): Promise<number> {
  return Number(await queryOne(databaseUrl, countAllows))
}

/** The same of an embedded database whose server has ended. */
export async function countEmbeddedDecisions(directory: string): Promise<number> {
  const database = await startEmbeddedDatabase(directory)
  try {
    const client = new Client({ host: database.host, port: database.port, user: 'postgres', database: 'postgres' })
    return Number(await queryWith(client, countAllows))
  } finally {
    await database.close()
  }
}

function queryOne(connectionString: string, sql: string): Promise<string> {
  return queryWith(new Client({ connectionString }), sql)
}

async function queryWith(client: Client, sql: string): Promise<string> {
  await client.connect()
  try {
    const { rows } = await client.query<[string | undefined]>({ text: sql, rowMode: 'array' })
    return rows[0]?.[0] ?? ''
  } finally {
    await client.end()
  }
}
