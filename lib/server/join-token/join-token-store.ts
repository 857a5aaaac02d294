import type { Labels } from '@/lib/domain/label/labels'
import type { Reader, Transaction } from '../audit/transaction'

const shown = {
  id: true,
  name: true,
  labels: true,
  usesAllowed: true,
  usesTaken: true,
  machineLifetimeSeconds: true,
  expiresAt: true,
  revokedAt: true,
  createdAt: true,
  createdBy: true,
} as const

export interface JoinTokenRow {
  readonly id: string
  readonly name: string
  readonly labels: unknown
  readonly usesAllowed: number
  readonly usesTaken: number
  readonly machineLifetimeSeconds: number
  readonly expiresAt: Date
  readonly revokedAt: Date | null
  readonly createdAt: Date
  readonly createdBy: string
}

export interface NewJoinTokenRow extends Omit<JoinTokenRow, 'labels' | 'usesTaken' | 'revokedAt'> {
  readonly labels: Labels
  /** The 32 bytes of the Ed25519 public key. */
  readonly publicKey: Buffer
}

export async function findJoinToken(db: Reader, id: string): Promise<JoinTokenRow | null> {
  return db.joinToken.findUnique({ where: { id }, select: shown })
}

/** Newest first: ids are ordered by time. */
export async function listJoinTokenRows(
  db: Reader,
  filter: { readonly beforeId?: string | undefined; readonly limit: number },
): Promise<JoinTokenRow[]> {
  return db.joinToken.findMany({
    ...(filter.beforeId !== undefined && { where: { id: { lt: filter.beforeId } } }),
    select: shown,
    orderBy: { id: 'desc' },
    take: filter.limit,
  })
}

export async function insertJoinToken(tx: Transaction, token: NewJoinTokenRow): Promise<JoinTokenRow> {
  return tx.joinToken.create({
    data: { ...token, labels: { ...token.labels }, publicKey: new Uint8Array(token.publicKey) },
    select: shown,
  })
}

/** Null when it is missing or was revoked before. Waits for an enrolment that is just taking a use of it. */
export async function revokeJoinTokenRow(tx: Transaction, id: string, at: Date): Promise<JoinTokenRow | null> {
  const { count } = await tx.joinToken.updateMany({ where: { id, revokedAt: null }, data: { revokedAt: at } })
  return count === 0 ? null : findJoinToken(tx, id)
}
