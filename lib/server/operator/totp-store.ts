import type { Reader, Transaction } from '../audit/transaction'
import type { MasterKey } from '../keys/master-key'

const placeOf = (column: 'secret' | 'pending_secret', operatorId: string) => ({
  table: 'operator_totp',
  column,
  rowId: operatorId,
})

/** The confirmed secret in clear, for comparing a code; null without a second factor. */
export async function openTotpSecret(db: Reader, masterKey: MasterKey, operatorId: string): Promise<Buffer | null> {
  const row = await db.operatorTotp.findUnique({ where: { operatorId }, select: { secret: true } })
  return row?.secret ? masterKey.openField(row.secret, placeOf('secret', operatorId)) : null
}

/** The secret that waits for its first code, when it does not wait longer than since `notBefore`. */
export async function openPendingTotpSecret(
  db: Reader,
  masterKey: MasterKey,
  operatorId: string,
  notBefore: Date,
): Promise<Buffer | null> {
  const row = await db.operatorTotp.findUnique({
    where: { operatorId },
    select: { pendingSecret: true, pendingAt: true },
  })
  if (!row?.pendingSecret || row.pendingAt === null || row.pendingAt < notBefore) return null
  return masterKey.openField(row.pendingSecret, placeOf('pending_secret', operatorId))
}

export async function writePendingTotpSecret(
  tx: Transaction,
  masterKey: MasterKey,
  pending: { readonly operatorId: string; readonly secret: Buffer; readonly at: Date },
): Promise<void> {
  const { operatorId, secret, at } = pending
  const sealed = new Uint8Array(masterKey.sealField(secret, placeOf('pending_secret', operatorId)))
  const data = { pendingSecret: sealed, pendingAt: at }
  await tx.operatorTotp.upsert({
    where: { operatorId },
    create: { operatorId, ...data },
    update: data,
    select: { operatorId: true },
  })
}

/** Makes a secret the second factor. The step of the code that confirmed it is taken with it. */
export async function confirmTotpSecret(
  tx: Transaction,
  masterKey: MasterKey,
  confirmed: { readonly operatorId: string; readonly secret: Buffer; readonly step: bigint; readonly at: Date },
): Promise<void> {
  const { operatorId, secret, step, at } = confirmed
  await tx.operatorTotp.update({
    where: { operatorId },
    data: {
      secret: new Uint8Array(masterKey.sealField(secret, placeOf('secret', operatorId))),
      confirmedAt: at,
      lastStep: step,
      pendingSecret: null,
      pendingAt: null,
    },
    select: { operatorId: true },
  })
}

/** Whether the step was still free: each is taken once, in order (RFC 6238, section 5.2). */
export async function takeTotpStep(tx: Transaction, operatorId: string, step: bigint): Promise<boolean> {
  const { count } = await tx.operatorTotp.updateMany({
    where: { operatorId, confirmedAt: { not: null }, OR: [{ lastStep: null }, { lastStep: { lt: step } }] },
    data: { lastStep: step },
  })
  return count === 1
}

export async function deleteTotp(tx: Transaction, operatorId: string): Promise<void> {
  await tx.operatorTotp.deleteMany({ where: { operatorId } })
}
