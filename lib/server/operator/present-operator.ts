import type { Operator } from '@/lib/contract/operators'
import { formatId } from '@/lib/domain/ids'
import { operatorRoles } from '@/lib/domain/operator/operator-role'
import { oneOf } from '../audit/read-stored'
import type { OperatorRow } from './operator-store'

/** An operator as the API shows it. */
export function presentOperator(row: OperatorRow): Operator {
  return {
    id: formatId('op', row.id),
    email: row.email,
    name: row.name,
    role: oneOf(operatorRoles, row.role),
    createdAt: row.createdAt.toISOString(),
  }
}
