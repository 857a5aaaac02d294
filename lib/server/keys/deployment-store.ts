import type { PoolClient } from 'pg'
import type { Prisma } from '../database/generated/client'
import type { SealedDeploymentKey } from './make-deployment-key'
import { insertDeploymentKeys } from './deployment-key-store'

/** What a client outside a transaction and one inside have in common. */
type Database = Prisma.TransactionClient

export interface DeploymentRow {
  /** UUID. */
  readonly id: string
  readonly trustDomain: string
  readonly masterKeyVersion: number
  readonly masterKeyCheck: Uint8Array
}

/** What a PostgreSQL server says of itself: another identifier is another cluster, another timeline a promotion or restore. */
export interface DatabaseIdentity {
  readonly systemIdentifier: string
  readonly timeline: number
}

export async function findDeployment(database: Database): Promise<DeploymentRow | null> {
  // Not all columns: Prisma cannot read the '-infinity' of credentials_from.
  return database.deployment.findFirst({
    select: { id: true, trustDomain: true, masterKeyVersion: true, masterKeyCheck: true },
  })
}

/**
 * Makes the one deployment of this database with its first keys, or finds the one that another node has just made.
 * Call it in a transaction: its lock ends there.
 */
export async function createDeploymentOnce(
  tx: Prisma.TransactionClient,
  row: DeploymentRow & { readonly createdAt: Date },
  keys: readonly SealedDeploymentKey[],
): Promise<DeploymentRow> {
  await lockForTransaction(tx, 'countersign/deployment')
  const existing = await findDeployment(tx)
  if (existing) return existing
  const identity = await getDatabaseIdentity(tx)
  await tx.$executeRaw`
    INSERT INTO "deployment" ("id", "trust_domain", "created_at", "master_key_version", "master_key_check",
                              "system_identifier", "timeline")
    VALUES (${row.id}::uuid, ${row.trustDomain}, ${row.createdAt}, ${row.masterKeyVersion}, ${row.masterKeyCheck},
            ${identity.systemIdentifier}, ${identity.timeline})`
  await insertDeploymentKeys(tx, keys)
  return row
}

/**
 * After a restore, inside its transaction: the deployment remembers no server, so that the next `checkDatabaseIdentity` takes
 * whatever server it finds for another one. Also where the backup is restored on the very server that it was made on.
 */
export async function forgetDatabaseIdentity(client: PoolClient): Promise<void> {
  await client.query(`UPDATE "deployment" SET "system_identifier" = 'restored from a backup', "timeline" = 0`)
}

/**
 * After a move that carried every record from a database that nobody serves any more: nothing spent can come back, so the new
 * server is this deployment's own, and credentials from before stay what they were.
 */
export async function adoptDatabaseIdentity(tx: Prisma.TransactionClient): Promise<void> {
  const { systemIdentifier, timeline } = await getDatabaseIdentity(tx)
  await tx.$executeRaw`
    UPDATE "deployment" SET "system_identifier" = ${systemIdentifier}, "timeline" = ${timeline}`
}

/** Serializes with every other transaction that names the same lock, on any node, until this one ends. */
export async function lockForTransaction(tx: Prisma.TransactionClient, name: string): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${name}, 0))`
}

/**
 * The timeline is that of the WAL being written: `pg_control_checkpoint()` still names the old one for a while after a
 * promotion. Throws on a standby, which no node writes to.
 */
async function getDatabaseIdentity(tx: Prisma.TransactionClient): Promise<DatabaseIdentity> {
  const rows = await tx.$queryRaw<DatabaseIdentity[]>`
    SELECT "system_identifier"::text AS "systemIdentifier",
           ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::integer AS "timeline"
      FROM pg_control_system()`
  const identity = rows[0]
  if (!identity) throw new Error('pg_control_system() returned nothing.')
  return identity
}

/**
 * Compares what the server says of itself with what the deployment remembers. When either differs, credentials created
 * before now plus the tolerance are refused from here on, by the database's clock, and the new identity is remembered.
 */
export async function updateDatabaseIdentity(
  tx: Prisma.TransactionClient,
  toleranceSeconds: number,
): Promise<{
  /** UUID. */
  readonly deploymentId: string
  readonly trustDomain: string
  readonly before: DatabaseIdentity
  readonly after: DatabaseIdentity
  readonly isSame: boolean
}> {
  // The row's lock: of two nodes that notice at once, the second finds the first one's answer.
  const rows = await tx.$queryRaw<(DatabaseIdentity & { deploymentId: string; trustDomain: string })[]>`
    SELECT "id" AS "deploymentId", "trust_domain" AS "trustDomain", "system_identifier" AS "systemIdentifier", "timeline"
      FROM "deployment" FOR UPDATE`
  const row = rows[0]
  if (!row) throw new Error('The database holds no deployment.')
  const { deploymentId, trustDomain, ...before } = row
  const after = await getDatabaseIdentity(tx)
  const isSame = before.systemIdentifier === after.systemIdentifier && before.timeline === after.timeline
  if (!isSame) {
    await tx.$executeRaw`
      UPDATE "deployment"
         SET "system_identifier" = ${after.systemIdentifier}, "timeline" = ${after.timeline},
             "credentials_from" = clock_timestamp() + make_interval(secs => ${toleranceSeconds}::double precision)`
  }
  return { deploymentId, trustDomain, before, after, isSame }
}
