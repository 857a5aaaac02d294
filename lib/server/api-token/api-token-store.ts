import type { ApiTokenState } from '@/lib/domain/api-token/api-token-state'
import { operatorRoles, type OperatorRole } from '@/lib/domain/operator/operator-role'
import { oneOf } from '../audit/read-stored'
import type { Reader, Transaction } from '../audit/transaction'

const shown = {
  id: true,
  name: true,
  role: true,
  createdAt: true,
  createdBy: true,
  expiresAt: true,
  revokedAt: true,
} as const

/** Without the hash, which only authentication reads. */
export interface ApiTokenRow {
  readonly id: string
  readonly name: string
  readonly role: string
  readonly createdAt: Date
  readonly createdBy: string
  readonly expiresAt: Date
  readonly revokedAt: Date | null
}

export async function findApiTokenByHash(
  db: Reader,
  hash: Buffer,
): Promise<{
  readonly id: string
  readonly name: string
  readonly role: OperatorRole
  readonly hash: Uint8Array
  readonly expiresAt: Date
  readonly revokedAt: Date | null
} | null> {
  const row = await db.apiToken.findUnique({ where: { hash: new Uint8Array(hash) } })
  return row && { ...row, role: oneOf(operatorRoles, row.role) }
}

export async function findApiToken(db: Reader, id: string): Promise<ApiTokenRow | null> {
  return db.apiToken.findUnique({ where: { id }, select: shown })
}

/** Newest first: ids are ordered by time. */
export async function listApiTokenRows(
  db: Reader,
  filter: {
    readonly state?: ApiTokenState | undefined
    readonly now: Date
    readonly beforeId?: string | undefined
    readonly limit: number
  },
): Promise<ApiTokenRow[]> {
  const { state, now, beforeId, limit } = filter
  return db.apiToken.findMany({
    where: {
      ...(beforeId !== undefined && { id: { lt: beforeId } }),
      ...(state === 'revoked' && { revokedAt: { not: null } }),
      ...(state === 'expired' && { revokedAt: null, expiresAt: { lte: now } }),
      ...(state === 'usable' && { revokedAt: null, expiresAt: { gt: now } }),
    },
    select: shown,
    orderBy: { id: 'desc' },
    take: limit,
  })
}

export async function insertApiToken(
  tx: Transaction,
  token: Omit<ApiTokenRow, 'revokedAt'> & { readonly hash: Buffer },
): Promise<ApiTokenRow> {
  return tx.apiToken.create({ data: { ...token, hash: new Uint8Array(token.hash) }, select: shown })
}

/** Null when it is missing or was revoked before. */
export async function revokeApiTokenRow(tx: Transaction, id: string, at: Date): Promise<ApiTokenRow | null> {
  const { count } = await tx.apiToken.updateMany({ where: { id, revokedAt: null }, data: { revokedAt: at } })
  return count === 0 ? null : findApiToken(tx, id)
}
