import type { Reader, Transaction } from '../audit/transaction'

/** Replaces all recovery codes of an operator; without any, none are left. */
export async function replaceRecoveryCodes(
  tx: Transaction,
  operatorId: string,
  hashes: readonly Buffer[],
  at: Date,
): Promise<void> {
  await tx.operatorRecoveryCode.deleteMany({ where: { operatorId } })
  if (hashes.length === 0) return
  await tx.operatorRecoveryCode.createMany({
    data: hashes.map((hash) => ({ operatorId, hash: new Uint8Array(hash), createdAt: at })),
  })
}

/** Whether the code was one of the operator's and had not been used. */
export async function takeRecoveryCode(tx: Transaction, operatorId: string, hash: Buffer, at: Date): Promise<boolean> {
  const { count } = await tx.operatorRecoveryCode.updateMany({
    where: { operatorId, hash: new Uint8Array(hash), usedAt: null },
    data: { usedAt: at },
  })
  return count === 1
}

export async function countRecoveryCodes(db: Reader, operatorId: string): Promise<number> {
  return db.operatorRecoveryCode.count({ where: { operatorId, usedAt: null } })
}
