import type { Operator } from '@/lib/contract/operators'
import { parseId } from '@/lib/domain/ids'
import { operatorCanBeRemoved } from '@/lib/domain/operator/operator-can'
import { done, refuse, type Outcome } from '@/lib/domain/refusal'
import { insertAuditEvent } from '../audit/audit-store'
import { runChange } from '../audit/run-change'
import { originOf, type CallContext } from '../auth/call-context'
import type { Dependencies } from '../dependencies'
import { countAdministratorsForChange, deleteOperator, findOperator } from './operator-store'
import { presentOperator, stateOfOperator } from './present-operator'

/** Removes an operator with its sessions, second factor and links. The audit log keeps the name. */
export async function removeOperator(
  deps: Dependencies,
  context: CallContext,
  operatorId: string,
): Promise<Outcome<Operator>> {
  const missing = refuse('not_found', `There is no operator ${operatorId}.`)
  const id = parseId('op', operatorId)
  if (id === null) return missing
  return runChange(deps, [], async (tx): Promise<Outcome<Operator>> => {
    const administrators = await countAdministratorsForChange(tx)
    const row = await findOperator(tx, id)
    if (row === null) return missing
    const can = operatorCanBeRemoved({ role: row.role, state: stateOfOperator(row) }, administrators)
    if (!can.can) return refuse('conflict', can.why)
    await deleteOperator(tx, id)
    await insertAuditEvent(tx, {
      action: 'operator.remove',
      ...originOf(context),
      target: { id: operatorId, name: row.email },
      detail: { name: row.name, role: row.role },
      at: deps.now(),
    })
    return done(presentOperator(row))
  })
}
