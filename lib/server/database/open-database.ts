import { PrismaPg } from '@prisma/adapter-pg'
import type { Pool, PoolConfig } from 'pg'
import { EmbeddedPool } from './embedded-pool'
import type { Settings } from '../settings'
import { PrismaClient } from './generated/client'
import { PrimaryPool } from './primary-pool'
import { PrimaryServers } from './primary-servers'
import { startEmbeddedDatabase } from './start-embedded-database'

export interface Database {
  readonly kind: 'embedded' | 'postgresql'
  /** Where the primary is; null for the embedded database. */
  readonly servers: PrimaryServers | null
  readonly prisma: PrismaClient
  /** For SQL that Prisma cannot say, and Prisma's own driver. */
  readonly pool: Pool
  /** For the decision statement alone; embedded it is the same single connection as `pool`. */
  readonly decisionPool: Pool
  /** For changes that are one statement, which the server ends after `politeMs`; embedded the same connection, without an end. */
  readonly changePool: Pool
  close(): Promise<void>
}

/** Two batches in flight use two cores of PostgreSQL; more only makes batches smaller. */
const decisionConnections = 2

/** What a change waits for the decisions that share-lock its rows: longer than any sane queue of batches, shorter than a person's patience. */
export const politeMs = 500

/**
 * Opens the primary of `settings.databaseUrls`, or the embedded database in the data directory,
 * which the caller has locked. PGlite has one session and its socket mixes the messages of two connections,
 * so embedded there is exactly one connection in the whole process (architecture.md, Storage).
 */
export async function openDatabase(
  settings: Pick<Settings, 'databaseUrls' | 'dataDirectory'>,
  options: {
    readonly flushCounter?: SharedArrayBuffer
    readonly onPoolError: (error: Error) => void
    /** Gets words for the log when the primary is another server than before. */
    readonly onMove: (words: string) => void
  },
): Promise<Database> {
  const common: PoolConfig = {
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 0,
    application_name: 'countersign',
    keepAlive: true,
  }
  const listen = (pool: Pool) => pool.on('error', options.onPoolError)

  if (settings.databaseUrls.length > 0) {
    const servers = await PrimaryServers.open(settings.databaseUrls, options.onMove)
    const pool = listen(
      new PrimaryPool(servers, {
        ...common,
        max: 6,
        // A server that was cut off without a word would keep a connection for as long as TCP goes on trying.
        query_timeout: 30_000,
      }),
    )
    const decisionPool = listen(new PrimaryPool(servers, { ...common, max: decisionConnections }))
    // The limit never ends a commit, which would be dangerous: a cancelled wait for the synchronous standby reports success
    // (protocol.md, section 5). PostgreSQL takes it away before it commits.
    const changePool = listen(
      new PrimaryPool(servers, { ...common, max: 2, query_timeout: 30_000, statement_timeout: politeMs }),
    )
    const prisma = new PrismaClient({ adapter: new PrismaPg(pool) })
    return {
      kind: 'postgresql',
      servers,
      prisma,
      pool,
      decisionPool,
      changePool,
      async close() {
        await prisma.$disconnect()
        await Promise.all([pool.end(), decisionPool.end(), changePool.end()])
      },
    }
  }

  const embedded = await startEmbeddedDatabase(`${settings.dataDirectory}/database`, options.flushCounter)
  const pool = listen(
    new EmbeddedPool({
      ...common,
      host: embedded.host,
      port: embedded.port,
      user: 'postgres',
      database: 'postgres',
      max: 1,
    }),
  )
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) })
  return {
    kind: 'embedded',
    servers: null,
    prisma,
    pool,
    decisionPool: pool,
    changePool: pool,
    async close() {
      await prisma.$disconnect()
      await pool.end()
      await embedded.close()
    },
  }
}
