import type { Prisma } from '../database/generated/client'

/** Remembers that a word of an operator is waited for. Returns since when, by the database's clock. */
export async function markRestored(tx: Prisma.TransactionClient): Promise<Date> {
  const rows = await tx.$queryRaw<{ at: Date }[]>`
    UPDATE "deployment" SET "restored_at" = clock_timestamp() RETURNING "restored_at" AS "at"`
  const row = rows[0]
  if (!row) throw new Error('The database holds no deployment.')
  return row.at
}

/** Since when a word of an operator is waited for; null when it is not. */
export async function findRestoredAt(database: Prisma.TransactionClient): Promise<Date | null> {
  const row = await database.deployment.findFirst({ select: { restoredAt: true } })
  return row?.restoredAt ?? null
}

/** The restore that waits for a word; its row stays locked until the transaction ends. */
export async function findRestore(tx: Prisma.TransactionClient): Promise<{ readonly restoredAt: Date } | null> {
  const rows = await tx.$queryRaw<{ restoredAt: Date | null }[]>`
    SELECT "restored_at" AS "restoredAt" FROM "deployment" FOR UPDATE`
  const restoredAt = rows[0]?.restoredAt ?? null
  return restoredAt && { restoredAt }
}

/** The newest record that a backup brought along: data until then are there. Null when it brought none. */
export async function findNewestRecordBefore(tx: Prisma.TransactionClient, restoredAt: Date): Promise<Date | null> {
  const rows = await tx.$queryRaw<{ at: Date | null }[]>`
    SELECT greatest((SELECT max("at") FROM "decision" WHERE "at" < ${restoredAt}),
                    (SELECT max("at") FROM "audit_event" WHERE "at" < ${restoredAt}
                                                          AND "action" <> 'deployment.restore_detected')) AS "at"`
  return rows[0]?.at ?? null
}

/** No machine is active any more. In id order, as everything that locks many machines. Returns how many were. */
export async function expireActiveMachines(tx: Prisma.TransactionClient, reason: string): Promise<number> {
  const changed = await tx.$executeRaw`
    UPDATE "machine" SET "state" = 'expired', "expired_by_restore" = true, "state_reason" = ${reason},
                         "state_changed_at" = clock_timestamp(), "version" = "version" + 1
     WHERE "id" IN (SELECT "id" FROM "machine" WHERE "state" = 'active' ORDER BY "id" FOR UPDATE)`
  await bumpAllServices(tx)
  return changed
}

/** Those that only the restore had ended are active again, if nobody has decided otherwise since. Returns how many. */
export async function reviveExpiredMachines(tx: Prisma.TransactionClient): Promise<number> {
  const changed = await tx.$executeRaw`
    UPDATE "machine" SET "state" = 'active', "expired_by_restore" = false, "state_reason" = NULL,
                         "state_changed_at" = clock_timestamp(), "version" = "version" + 1
     WHERE "id" IN (SELECT "id" FROM "machine" WHERE "state" = 'expired' AND "expired_by_restore" ORDER BY "id" FOR UPDATE)`
  await tx.$executeRaw`UPDATE "deployment" SET "restored_at" = NULL`
  await bumpAllServices(tx)
  return changed
}

/** Machines speak for gateways, and what nodes know of gateways goes by the services' versions. */
async function bumpAllServices(tx: Prisma.TransactionClient): Promise<void> {
  await tx.$executeRaw`
    UPDATE "service" SET "version" = "version" + 1 WHERE "id" IN (SELECT "id" FROM "service" ORDER BY "id" FOR UPDATE)`
}

/** Ends every generation and every key of the deployment, and gives it another trust domain. */
export async function replaceTrustDomain(tx: Prisma.TransactionClient, trustDomain: string, at: Date): Promise<void> {
  await tx.$executeRaw`UPDATE "deployment" SET "trust_domain" = ${trustDomain}, "restored_at" = NULL`
  await tx.$executeRaw`
    UPDATE "machine" SET "state" = 'revoked', "state_reason" = 'This deployment is a copy with a trust domain of its own.',
                         "state_changed_at" = ${at}, "version" = "version" + 1
     WHERE "id" IN (SELECT "id" FROM "machine" WHERE "state" <> 'revoked' ORDER BY "id" FOR UPDATE)`
  await bumpAllServices(tx)
  await tx.$executeRaw`
    UPDATE "deployment_key" SET "ciphertext" = NULL, "destroyed_at" = ${at}, "retired_at" = coalesce("retired_at", ${at})
     WHERE "destroyed_at" IS NULL`
}
