import type { Operator } from '@/lib/contract/operators'
import { formatId } from '@/lib/domain/ids'
import type { OperatorState } from '@/lib/domain/operator/operator-state'
import type { OperatorRow } from './operator-store'

/** An operator as the API shows it. */
export function presentOperator(row: OperatorRow): Operator {
  return {
    id: formatId('op', row.id),
    email: row.email,
    name: row.name,
    role: row.role,
    state: stateOfOperator(row),
    hasTotp: row.hasTotp,
    lastSignInAt: row.lastSignInAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
  }
}

export function stateOfOperator(row: Pick<OperatorRow, 'passwordChangedAt'>): OperatorState {
  return row.passwordChangedAt === null ? 'invited' : 'active'
}
