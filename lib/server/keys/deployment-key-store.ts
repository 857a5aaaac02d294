import type { Prisma } from '../database/generated/client'
import { lockForTransaction } from './deployment-store'
import type { DeploymentKeyPurpose, SealedDeploymentKey } from './make-deployment-key'

type Database = Prisma.TransactionClient

export interface StoredDeploymentKey {
  readonly kid: string
  readonly publicJwk: unknown
  /** Null once destroyed. */
  readonly ciphertext: Uint8Array | null
  readonly createdAt: Date
}

const columns = { kid: true, publicJwk: true, ciphertext: true, createdAt: true } as const

export async function insertDeploymentKeys(
  tx: Prisma.TransactionClient,
  keys: readonly SealedDeploymentKey[],
): Promise<void> {
  await tx.deploymentKey.createMany({
    data: keys.map((key) => ({ ...key, ciphertext: new Uint8Array(key.ciphertext) })),
  })
}

/** The keys of a purpose that can still be opened, newest first. */
export async function listUsableDeploymentKeys(
  database: Database,
  purpose: DeploymentKeyPurpose,
): Promise<StoredDeploymentKey[]> {
  return database.deploymentKey.findMany({
    where: { purpose, destroyedAt: null },
    orderBy: [{ createdAt: 'desc' }, { kid: 'asc' }],
    select: columns,
  })
}

export async function findGeneratorKey(database: Database, kid: string): Promise<StoredDeploymentKey | null> {
  return database.deploymentKey.findFirst({ where: { kid, purpose: 'generator' }, select: columns })
}

/** The generator that new generations are bound to, when it is younger than the given instant. */
export async function findCurrentGeneratorKey(
  database: Database,
  createdAfter: Date,
): Promise<StoredDeploymentKey | null> {
  return database.deploymentKey.findFirst({
    where: { purpose: 'generator', destroyedAt: null, retiredAt: null, createdAt: { gt: createdAfter } },
    orderBy: [{ createdAt: 'desc' }, { kid: 'asc' }],
    select: columns,
  })
}

/**
 * Makes `fresh` the current generator and retires the others, unless another node was faster; returns the current one.
 * Call it in a transaction: its lock ends there.
 */
export async function replaceGeneratorOnce(
  tx: Prisma.TransactionClient,
  fresh: SealedDeploymentKey,
  createdAfter: Date,
): Promise<StoredDeploymentKey> {
  await lockForTransaction(tx, 'countersign/generator')
  const current = await findCurrentGeneratorKey(tx, createdAfter)
  if (current) return current
  await tx.deploymentKey.updateMany({
    where: { purpose: 'generator', retiredAt: null },
    data: { retiredAt: fresh.createdAt },
  })
  await insertDeploymentKeys(tx, [fresh])
  return fresh
}

/** Of the given generators, those whose private half is gone. */
export async function listDestroyedGenerators(database: Database, kids: readonly string[]): Promise<string[]> {
  const rows = await database.deploymentKey.findMany({
    where: { kid: { in: [...kids] }, destroyedAt: { not: null } },
    select: { kid: true },
  })
  return rows.map((row) => row.kid)
}

/** Whether this generator is still the one that new generations are bound to. */
export async function isGeneratorCurrent(database: Database, kid: string): Promise<boolean> {
  const row = await database.deploymentKey.findFirst({
    where: { kid, purpose: 'generator', destroyedAt: null, retiredAt: null },
    select: { kid: true },
  })
  return row !== null
}

/** Deletes the private halves of retired generators that no unexpired generation is bound to; returns their ids. */
export async function destroyGeneratorKeys(database: Database, now: Date, createdBefore: Date): Promise<string[]> {
  const rows = await database.$queryRaw<{ kid: string }[]>`
    UPDATE "deployment_key" k SET "ciphertext" = NULL, "destroyed_at" = ${now}
     WHERE k."purpose" = 'generator' AND k."destroyed_at" IS NULL AND k."retired_at" IS NOT NULL
       AND k."created_at" < ${createdBefore}
       AND NOT EXISTS (SELECT 1 FROM "generation" g WHERE g."generator_kid" = k."kid" AND g."expires_at" > ${now})
    RETURNING k."kid"`
  return rows.map((row) => row.kid)
}
