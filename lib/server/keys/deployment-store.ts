import type { ClientBase, PoolClient } from 'pg'
import type { Prisma } from '../database/generated/client'
import { currentTimelineSql, type DatabaseIdentity } from '../database/read-server-state'
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
 * After a restore by the command, inside its transaction: the deployment remembers this cluster and no timeline, so that the
 * next `checkDatabaseIdentity` refuses earlier credentials, also where the backup is restored on the very server that it
 * was made on. What the machines may do the command has settled itself.
 */
export async function forgetDatabaseIdentity(client: PoolClient): Promise<void> {
  await client.query(
    `UPDATE "deployment" SET "system_identifier" = (SELECT "system_identifier"::text FROM pg_control_system()), "timeline" = 0`,
  )
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

/** Throws on a standby, which no node writes to. */
async function getDatabaseIdentity(tx: Prisma.TransactionClient): Promise<DatabaseIdentity> {
  const rows = await tx.$queryRawUnsafe<DatabaseIdentity[]>(
    `SELECT "system_identifier"::text AS "systemIdentifier", ${currentTimelineSql} AS "timeline" FROM pg_control_system()`,
  )
  const identity = rows[0]
  if (!identity) throw new Error('pg_control_system() returned nothing.')
  return identity
}

/** Whether this very connection leads to the server and timeline that the deployment remembers. */
export async function isRememberedDatabase(client: ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ same: boolean }>(
    `SELECT d."system_identifier" = c."system_identifier"::text AND d."timeline" = ${currentTimelineSql} AS "same"
       FROM "deployment" d, pg_control_system() c`,
  )
  return rows[0]?.same === true
}

/** Refuses credentials created before now plus the tolerance from here on, by the database's clock. */
export async function refuseEarlierCredentials(tx: Prisma.TransactionClient, toleranceSeconds: number): Promise<void> {
  await tx.$executeRaw`
    UPDATE "deployment"
       SET "credentials_from" = clock_timestamp() + make_interval(secs => ${toleranceSeconds}::double precision)`
}

/**
 * Compares what the server says of itself with what the deployment remembers, and remembers what it says now.
 * Another timeline of the same cluster is a promotion; another cluster is a restore.
 */
export async function updateDatabaseIdentity(tx: Prisma.TransactionClient): Promise<{
  /** UUID. */
  readonly deploymentId: string
  readonly trustDomain: string
  readonly before: DatabaseIdentity
  readonly after: DatabaseIdentity
  readonly outcome: 'same' | 'promoted' | 'restored'
}> {
  // The row's lock: of two nodes that notice at once, the second finds the first one's answer.
  const rows = await tx.$queryRaw<(DatabaseIdentity & { deploymentId: string; trustDomain: string })[]>`
    SELECT "id" AS "deploymentId", "trust_domain" AS "trustDomain", "system_identifier" AS "systemIdentifier", "timeline"
      FROM "deployment" FOR UPDATE`
  const row = rows[0]
  if (!row) throw new Error('The database holds no deployment.')
  const { deploymentId, trustDomain, ...before } = row
  const after = await getDatabaseIdentity(tx)
  const isSameCluster = before.systemIdentifier === after.systemIdentifier
  const outcome = !isSameCluster ? 'restored' : before.timeline === after.timeline ? 'same' : 'promoted'
  if (outcome !== 'same') {
    await tx.$executeRaw`
      UPDATE "deployment" SET "system_identifier" = ${after.systemIdentifier}, "timeline" = ${after.timeline}`
  }
  return { deploymentId, trustDomain, before, after, outcome }
}
