import { operatorRoles, type OperatorRole } from '@/lib/domain/operator/operator-role'
import type { OperatorState } from '@/lib/domain/operator/operator-state'
import { oneOf } from '../audit/read-stored'
import type { Reader, Transaction } from '../audit/transaction'

/** Never the password's hash. */
const shown = {
  id: true,
  email: true,
  name: true,
  role: true,
  createdAt: true,
  passwordChangedAt: true,
  lastSignInAt: true,
  totp: { select: { confirmedAt: true } },
} as const

export interface OperatorRow {
  readonly id: string
  readonly email: string
  readonly name: string
  readonly role: OperatorRole
  readonly createdAt: Date
  /** Null while the operator has no password: invited. */
  readonly passwordChangedAt: Date | null
  readonly lastSignInAt: Date | null
  readonly hasTotp: boolean
}

interface StoredOperator extends Omit<OperatorRow, 'role' | 'hasTotp'> {
  readonly role: string
  readonly totp: { readonly confirmedAt: Date | null } | null
}

function toRow({ totp, role, ...stored }: StoredOperator): OperatorRow {
  return { ...stored, role: oneOf(operatorRoles, role), hasTotp: totp !== null && totp.confirmedAt !== null }
}

export async function listOperatorRows(
  db: Reader,
  filter: {
    readonly role?: OperatorRole | undefined
    readonly state?: OperatorState | undefined
    readonly afterEmail?: string | undefined
    readonly limit: number
  },
): Promise<OperatorRow[]> {
  const stored = await db.operator.findMany({
    where: {
      ...(filter.role !== undefined && { role: filter.role }),
      ...(filter.state !== undefined && { passwordHash: filter.state === 'invited' ? null : { not: null } }),
      ...(filter.afterEmail !== undefined && { email: { gt: filter.afterEmail } }),
    },
    select: shown,
    orderBy: { email: 'asc' },
    take: filter.limit,
  })
  return stored.map(toRow)
}

export async function findOperator(db: Reader, id: string): Promise<OperatorRow | null> {
  const stored = await db.operator.findUnique({ where: { id }, select: shown })
  return stored && toRow(stored)
}

/** With the password's hash: for comparing passwords, and nothing else. */
export async function findOperatorCredentials(
  db: Reader,
  where: { readonly email: string } | { readonly id: string },
): Promise<(OperatorRow & { readonly passwordHash: string | null }) | null> {
  const stored = await db.operator.findUnique({ where, select: { ...shown, passwordHash: true } })
  if (stored === null) return null
  const { passwordHash, ...rest } = stored
  return { ...toRow(rest), passwordHash }
}

export async function insertOperator(
  tx: Transaction,
  operator: {
    readonly id: string
    readonly email: string
    readonly name: string
    readonly role: OperatorRole
    readonly createdAt: Date
    readonly passwordHash: string | null
  },
): Promise<OperatorRow> {
  const passwordChangedAt = operator.passwordHash === null ? null : operator.createdAt
  return toRow(await tx.operator.create({ data: { ...operator, passwordChangedAt }, select: shown }))
}

/** How many administrators could sign in. Two changes at once wait for each other until the transaction ends. */
export async function countAdministratorsForChange(tx: Transaction): Promise<number> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    SELECT "id" FROM "operator" WHERE "role" = 'administrator' AND "password_hash" IS NOT NULL ORDER BY "id" FOR UPDATE`
  return rows.length
}

export async function countAdministrators(db: Reader): Promise<number> {
  return db.operator.count({ where: { role: 'administrator', passwordHash: { not: null } } })
}

export async function updateOperatorRoleRow(tx: Transaction, id: string, role: OperatorRole): Promise<OperatorRow> {
  return toRow(await tx.operator.update({ where: { id }, data: { role }, select: shown }))
}

export async function updatePasswordHash(
  tx: Transaction,
  id: string,
  passwordHash: string,
  at: Date,
): Promise<OperatorRow> {
  return toRow(
    await tx.operator.update({ where: { id }, data: { passwordHash, passwordChangedAt: at }, select: shown }),
  )
}

export async function updateLastSignIn(tx: Transaction, id: string, at: Date): Promise<void> {
  await tx.operator.update({ where: { id }, data: { lastSignInAt: at }, select: { id: true } })
}

/** With everything that hangs on it: second factor, codes, sessions, tickets, links. */
export async function deleteOperator(tx: Transaction, id: string): Promise<void> {
  await tx.operator.delete({ where: { id }, select: { id: true } })
}

/** Holds everybody else who sets up the first administrator until the transaction ends. */
export async function lockOperators(tx: Transaction): Promise<void> {
  await tx.$executeRaw`LOCK TABLE "operator" IN SHARE ROW EXCLUSIVE MODE`
}
