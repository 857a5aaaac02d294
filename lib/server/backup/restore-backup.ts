import { existsSync } from 'node:fs'
import { mkdtemp, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import type { Logger } from 'pino'
import type { AuditActor } from '@/lib/domain/audit/audit-action'
import { formatId } from '@/lib/domain/ids'
import { syncDirectory } from '@/lib/platform/write-private-file'
import { checkDatabaseSettings } from '../database/check-database-settings'
import { checkCopyFile, readCopyFile } from '../database/copy/copy-file'
import { loadCopy, type LoadedCopy } from '../database/copy/load-copy'
import { openDatabase, type Database } from '../database/open-database'
import { findMigrations, runMigrations } from '../database/run-migrations'
import { checkDatabaseIdentity } from '../keys/check-database-identity'
import type { MasterKey } from '../keys/master-key'
import { separateCopy } from '../keys/separate-copy'
import { forgetDatabaseIdentity } from '../keys/deployment-store'
import { openCheckedMasterKey } from '../keys/open-checked-master-key'
import { migrationsFolder } from '../project-root'
import type { Settings } from '../settings'
import { recordDatabaseEvent } from './record-database-event'
import { nothingWithdrawn, withdrawAccess, type WithdrawnAccess } from './withdraw-store'

export interface RestoredBackup extends WithdrawnAccess {
  /** `dep_…` */
  readonly deployment: string
  readonly madeAt: string
  readonly rows: number
  /** Where the data went that stood here before; null when the place was empty. */
  readonly aside: string | null
}

export interface RestoreOptions {
  readonly actor: AuditActor
  readonly log: Logger
  readonly now: () => Date
  /** Puts what stands here aside, instead of refusing. */
  readonly force: boolean
  /** An operator's word that nothing was revoked, used up or ended after the backup was made. */
  readonly keepAccess: boolean
  /** Makes the copy a deployment of its own, for tests; null where it is to be the same one. */
  readonly newTrustDomain: string | null
}

type Filling = RestoreOptions & { readonly masterKey: MasterKey }

/**
 * Restores a backup into an empty place: the data directory, or the PostgreSQL database of the settings. The caller holds the
 * data directory's lock, and no node runs. The file is read whole and the master key compared before anything is touched; what fails later
 * leaves the place as it was. Credentials from before are refused, and unless `keepAccess` nothing acts that may have been
 * withdrawn meanwhile.
 */
export async function restoreBackup(
  settings: Settings,
  file: string,
  options: RestoreOptions,
): Promise<RestoredBackup> {
  const { header } = await checkCopyFile(file)
  const { deploymentId, masterKeyVersion, masterKeyCheck } = header
  await findMigrations(migrationsFolder(), header.migrations)
  const check = Buffer.from(masterKeyCheck, 'hex')
  const { masterKey } = await openCheckedMasterKey(settings, {
    id: deploymentId,
    masterKeyVersion,
    masterKeyCheck: check,
  })
  const filling = { ...options, masterKey }
  return settings.databaseUrl === undefined
    ? restoreEmbedded(settings.dataDirectory, file, filling)
    : restoreOnServer(settings, file, filling)
}

/** `20261122T083000Z`: in the names of what is put aside. */
function stamp(at: Date): string {
  return at.toISOString().replace(/[-:]|\.\d+/g, '')
}

async function restoreOnServer(
  settings: Pick<Settings, 'databaseUrls' | 'dataDirectory'>,
  file: string,
  options: Filling,
): Promise<RestoredBackup> {
  const schema = `countersign_before_${stamp(options.now()).toLowerCase()}`
  const database = await open(settings, options)
  try {
    await checkDatabaseSettings(database.pool)
    const loaded = await fill(database, file, options.force ? schema : null, options)
    const wasEmpty = !(await hasSchema(database, schema))
    return { ...loaded, aside: wasEmpty ? null : `schema ${schema}` }
  } finally {
    await database.close()
  }
}

/** Into a folder beside, so that the old data stay until the new ones are whole. */
async function restoreEmbedded(dataDirectory: string, file: string, options: Filling): Promise<RestoredBackup> {
  const place = path.join(dataDirectory, 'database')
  const isEmpty = !existsSync(place)
  if (!isEmpty && !options.force) {
    throw new Error(`${dataDirectory} holds a database already. Nothing was changed.`)
  }
  const beside = await mkdtemp(path.join(dataDirectory, '.restore-'))
  try {
    const database = await open({ databaseUrls: [], dataDirectory: beside }, options)
    const loaded = await fill(database, file, null, options).finally(() => database.close())
    const aside = isEmpty ? null : `${place}.before-${stamp(options.now())}`
    if (aside !== null) await rename(place, aside)
    await rename(path.join(beside, 'database'), place)
    await syncDirectory(dataDirectory)
    return { ...loaded, aside }
  } finally {
    await rm(beside, { recursive: true, force: true })
  }
}

async function open(
  settings: Pick<Settings, 'databaseUrls' | 'dataDirectory'>,
  { log }: RestoreOptions,
): Promise<Database> {
  return openDatabase(settings, {
    onPoolError: (error) => log.warn({ reason: error.message }, 'A connection was lost'),
    onMove: (words) => log.warn(words),
  })
}

async function fill(
  database: Database,
  file: string,
  aside: string | null,
  { actor, log, now, keepAccess, newTrustDomain, masterKey }: Filling,
): Promise<Omit<RestoredBackup, 'aside'>> {
  let withdrawn = nothingWithdrawn
  const { header, rows }: LoadedCopy = await loadCopy(database, readCopyFile(file), {
    migrationsFolder: migrationsFolder(),
    aside,
    async finish(client, { madeAt }) {
      await forgetDatabaseIdentity(client)
      if (!keepAccess) withdrawn = await withdrawAccess(client, madeAt)
    },
  })
  await runMigrations(database.pool, migrationsFolder())
  const { prisma } = database
  await checkDatabaseIdentity({ prisma, log, now })
  await recordDatabaseEvent(database, {
    action: 'deployment.restore',
    actor,
    reason: `Restored from the backup of ${header.madeAt}.`,
    detail: { madeAt: header.madeAt, rows, keptAccess: keepAccess, ...withdrawn },
    at: now(),
  })
  if (newTrustDomain !== null) await separateCopy(prisma, { masterKey, trustDomain: newTrustDomain, actor, now })
  await database.pool.query('ANALYZE')
  return { deployment: formatId('dep', header.deploymentId), madeAt: header.madeAt, rows, ...withdrawn }
}

async function hasSchema({ pool }: Database, name: string): Promise<boolean> {
  const { rows } = await pool.query<{ found: boolean }>('SELECT to_regnamespace($1) IS NOT NULL AS found', [name])
  return rows[0]?.found ?? false
}
