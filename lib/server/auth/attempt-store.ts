import type { Reader, Transaction } from '../audit/transaction'

export interface AttemptRow {
  readonly failures: number
  readonly lastAt: Date
  readonly nextAt: Date
}

/** The count under a key, held until the transaction ends; made when there is none. */
export async function lockAttempt(tx: Transaction, key: Buffer, now: Date): Promise<AttemptRow> {
  const bytes = new Uint8Array(key)
  await tx.$executeRaw`
    INSERT INTO "sign_in_attempt" ("key", "failures", "last_at", "next_at") VALUES (${bytes}, 0, ${now}, ${now})
    ON CONFLICT DO NOTHING`
  const rows = await tx.$queryRaw<AttemptRow[]>`
    SELECT "failures", "last_at" AS "lastAt", "next_at" AS "nextAt" FROM "sign_in_attempt" WHERE "key" = ${bytes} FOR UPDATE`
  return rows[0] ?? { failures: 0, lastAt: now, nextAt: now }
}

export async function writeAttempt(tx: Transaction, key: Buffer, row: AttemptRow): Promise<void> {
  await tx.signInAttempt.updateMany({ where: { key: new Uint8Array(key) }, data: row })
}

export async function deleteAttempt(tx: Transaction, key: Buffer): Promise<void> {
  await tx.signInAttempt.deleteMany({ where: { key: new Uint8Array(key) } })
}

/** Counts to which nothing was added since. */
export async function deleteOldAttempts(db: Reader, before: Date): Promise<number> {
  const { count } = await db.signInAttempt.deleteMany({ where: { lastAt: { lt: before } } })
  return count
}
