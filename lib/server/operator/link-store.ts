import type { Reader, Transaction } from '../audit/transaction'

export type OperatorLinkKind = 'set_up' | 'invitation' | 'reset'

export interface OperatorLinkRow {
  readonly id: string
  readonly kind: OperatorLinkKind
  /** Null for the set-up of the deployment, which has no operator yet. */
  readonly operatorId: string | null
  readonly expiresAt: Date
}

/** Stores a link, and forgets the earlier ones of the same operator or set-up: only the newest works. */
export async function replaceLink(
  tx: Transaction,
  link: OperatorLinkRow & { readonly hash: Buffer; readonly createdAt: Date; readonly createdBy: string },
): Promise<void> {
  await tx.operatorLink.deleteMany({
    where: link.operatorId === null ? { kind: 'set_up' } : { operatorId: link.operatorId },
  })
  await tx.operatorLink.create({ data: { ...link, hash: new Uint8Array(link.hash) }, select: { id: true } })
}

/** A link of this kind that still works, without using it. */
export async function findUsableLink(
  db: Reader,
  hash: Buffer,
  kind: OperatorLinkKind,
  now: Date,
): Promise<OperatorLinkRow | null> {
  const row = await db.operatorLink.findFirst({
    where: { hash: new Uint8Array(hash), kind, usedAt: null, expiresAt: { gt: now } },
    select: { id: true, operatorId: true, expiresAt: true },
  })
  return row && { ...row, kind }
}

/** Whether this call was the one that used it. */
export async function takeLink(tx: Transaction, id: string, at: Date): Promise<boolean> {
  const { count } = await tx.operatorLink.updateMany({
    where: { id, usedAt: null, expiresAt: { gt: at } },
    data: { usedAt: at },
  })
  return count === 1
}

export async function deleteSetUpLinks(db: Reader): Promise<void> {
  await db.operatorLink.deleteMany({ where: { kind: 'set_up' } })
}
