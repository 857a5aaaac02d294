import type { Logger } from 'pino'
import { createWorkLimiter } from './auth/create-work-limiter'
import { refuseMovedDirectory } from './backup/moved-directory'
import { maintainPartitions } from './database/maintain-partitions'
import { openDatabase, type Database } from './database/open-database'
import { createPostgresNotices, type PostgresNotices } from './database/postgres-notices'
import { checkDatabaseSettings } from './database/check-database-settings'
import { runMigrations } from './database/run-migrations'
import { createDecisionFeed } from './decision/stream-feed'
import { readRecentDecisions } from './decision/stream-recent'
import type { Dependencies } from './dependencies'
import { loadAgentFile } from './front/load-agent-file'
import { describeError } from './http/describe-error'
import { openDeployment } from './keys/open-deployment'
import { createLocalNotices } from './local-notices'
import type { Notices } from './notices'
import { migrationsFolder, readVersion } from './project-root'
import type { Settings } from './settings'
import { startTracing } from './telemetry/start-tracing'
import { Tally } from './telemetry/tally'

export interface OpenedDependencies {
  readonly dependencies: Dependencies
  readonly database: Database
  close(): Promise<void>
}

/**
 * Opens the database, brings its tables up to date, opens the deployment's keys, and wires everything.
 * The caller holds the data directory's lock. Throws with words for the operator when something does not fit:
 * another master key, another trust domain, a newer schema, a database that does not flush.
 */
export async function openDependencies(
  settings: Settings,
  options: {
    readonly log: Logger
    readonly now?: () => Date
    readonly localAdministratorTokenHash: Buffer
    readonly flushCounter?: SharedArrayBuffer
  },
): Promise<OpenedDependencies> {
  const { log, now = () => new Date(), localAdministratorTokenHash, flushCounter } = options
  if (settings.databaseUrl === undefined) await refuseMovedDirectory(settings.dataDirectory)
  const tally = new Tally()
  const database = await openDatabase(settings, {
    onPoolError: (error) => {
      tally.databaseErrors.connection++
      log.warn({ reason: error.message }, 'A database connection was lost')
    },
    onMove: (words) => log.warn(words),
    ...(flushCounter && { flushCounter }),
  })
  let notices: (Notices & Partial<Pick<PostgresNotices, 'close'>>) | undefined
  try {
    await checkDatabaseSettings(database.pool)
    await runMigrations(database.pool, migrationsFolder())
    await maintainPartitions(database.pool, settings.retentionDays)
    const { prisma, pool, changePool, kind } = database
    const opened = await openDeployment({ prisma, settings, log, now })
    notices = database.servers
      ? createPostgresNotices(database.servers, pool, (error) =>
          log.warn({ reason: error.message }, 'Notices of other nodes are not heard; changes hold all the same'),
        )
      : createLocalNotices()
    const decisionFeed = createDecisionFeed({
      read: () => readRecentDecisions(prisma, now()),
      onError: (error) => log.warn({ error: describeError(error) }, 'Could not read decisions for those who watch'),
    })
    const { traceCollector } = settings
    const tracing = traceCollector === null ? null : await startTracing(traceCollector, await readVersion())
    const dependencies: Dependencies = {
      settings,
      prisma,
      pool,
      changePool,
      database: { kind, url: () => database.servers?.url() },
      ...opened,
      notices,
      passwordWork: createWorkLimiter({ atOnce: 2, waiting: 16 }),
      decisionFeed,
      agentFile: await loadAgentFile(),
      log,
      tally,
      tracing,
      now,
      localAdministratorTokenHash,
    }
    return {
      dependencies,
      database,
      async close() {
        decisionFeed.close()
        await tracing?.stop()
        await notices?.close?.()
        await database.close()
      },
    }
  } catch (error) {
    await notices?.close?.()
    await database.close()
    throw error
  }
}
