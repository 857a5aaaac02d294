import type { OperatorRole } from '@/lib/domain/operator/operator-role'
import type { Reader, Transaction } from '../audit/transaction'

/** Never the password's hash. */
const shown = { id: true, email: true, name: true, role: true, createdAt: true } as const

export interface OperatorRow {
  readonly id: string
  readonly email: string
  readonly name: string
  readonly role: string
  readonly createdAt: Date
}

export async function listOperatorRows(
  db: Reader,
  filter: { readonly afterEmail?: string | undefined; readonly limit: number },
): Promise<OperatorRow[]> {
  return db.operator.findMany({
    ...(filter.afterEmail !== undefined && { where: { email: { gt: filter.afterEmail } } }),
    select: shown,
    orderBy: { email: 'asc' },
    take: filter.limit,
  })
}

export async function insertOperator(
  tx: Transaction,
  operator: OperatorRow & { readonly role: OperatorRole; readonly passwordHash: string },
): Promise<OperatorRow> {
  return tx.operator.create({ data: operator, select: shown })
}
