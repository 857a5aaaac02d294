import { existsSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import path from 'node:path'
import type { Logger } from 'pino'
import type { AuditActor } from '@/lib/domain/audit/audit-action'
import { formatId } from '@/lib/domain/ids'
import { checkDatabaseSettings } from '../database/check-database-settings'
import { loadCopy } from '../database/copy/load-copy'
import { readCopy } from '../database/copy/read-copy'
import { openDatabase } from '../database/open-database'
import { runMigrations } from '../database/run-migrations'
import { adoptDatabaseIdentity, findDeployment } from '../keys/deployment-store'
import { openCheckedMasterKey } from '../keys/open-checked-master-key'
import { migrationsFolder } from '../project-root'
import type { Settings } from '../settings'
import { closeMovedDirectory, refuseMovedDirectory, reopenDirectory } from './moved-directory'
import { recordDatabaseEvent } from './record-database-event'

export interface MovedDatabase {
  /** `dep_…` */
  readonly deployment: string
  readonly rows: number
  /** Where the embedded database stands now; nothing opens it any more. */
  readonly aside: string
  /** Where the master key was found, in words. */
  readonly masterKeySource: string
}

/**
 * Moves the embedded database of a data directory to an empty database on a PostgreSQL server. The caller holds the
 * directory's lock, so nothing is decided meanwhile: every record goes along, and credentials from before stay what they
 * were, spent or unspent. The directory is closed before the other database can be whole, so that never both serve.
 * Input: `databaseUrl` of the new place. Throws, with both as they were, when it is not empty or the copy fails.
 */
export async function moveDatabase(
  settings: Settings,
  databaseUrl: string,
  options: { readonly actor: AuditActor; readonly log: Logger; readonly now: () => Date },
): Promise<MovedDatabase> {
  const { actor, log, now } = options
  const { dataDirectory } = settings
  const place = path.join(dataDirectory, 'database')
  await refuseMovedDirectory(dataDirectory)
  if (!existsSync(place)) throw new Error(`${dataDirectory} holds no embedded database: there is nothing to move.`)
  const onPoolError = (error: Error) => log.warn({ reason: error.message }, 'A connection was lost')
  const onMove = (words: string) => log.warn(words)
  const target = await openDatabase({ databaseUrls: [databaseUrl], dataDirectory }, { onPoolError, onMove })
  try {
    await checkDatabaseSettings(target.pool)
    const source = await openDatabase({ databaseUrls: [], dataDirectory }, { onPoolError, onMove })
    let moved: Omit<MovedDatabase, 'aside'>
    try {
      const deployment = await findDeployment(source.prisma)
      if (!deployment) throw new Error(`${dataDirectory} holds no deployment: there is nothing to move.`)
      const { source: masterKeySource } = await openCheckedMasterKey(settings, deployment)
      const { rows } = await loadCopy(target, readCopy(source), {
        migrationsFolder: migrationsFolder(),
        aside: null,
        // Last before the commit; from here on this directory serves nothing.
        finish: () => closeMovedDirectory(dataDirectory, now()),
      }).catch(async (error: unknown) => {
        if (isRefusedByServer(error)) await reopenDirectory(dataDirectory)
        throw error
      })
      moved = { deployment: formatId('dep', deployment.id), rows, masterKeySource }
    } finally {
      await source.close()
    }
    await runMigrations(target.pool, migrationsFolder())
    await target.prisma.$transaction(adoptDatabaseIdentity)
    await recordDatabaseEvent(target, {
      action: 'deployment.move',
      actor,
      reason: 'Moved from the embedded database to a PostgreSQL server.',
      detail: { rows: moved.rows },
      at: now(),
    })
    await target.pool.query('ANALYZE')
    const aside = `${place}.moved`
    await rename(place, aside)
    return { ...moved, aside }
  } finally {
    await target.close()
  }
}

/** The server said that it did not commit. Anything else, such as a lost connection, says nothing about the commit. */
function isRefusedByServer(error: unknown): boolean {
  return /^[0-9A-Z]{5}$/.test((error as { code?: string }).code ?? '')
}
