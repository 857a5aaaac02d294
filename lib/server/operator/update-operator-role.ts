import type { Operator } from '@/lib/contract/operators'
import { parseId } from '@/lib/domain/ids'
import { operatorCanTakeRole } from '@/lib/domain/operator/operator-can'
import type { OperatorRole } from '@/lib/domain/operator/operator-role'
import { done, refuse, type Outcome } from '@/lib/domain/refusal'
import { insertAuditEvent } from '../audit/audit-store'
import { runChange } from '../audit/run-change'
import { originOf, type CallContext } from '../auth/call-context'
import type { Dependencies } from '../dependencies'
import { endSessionsOf } from '../session/session-store'
import { countAdministratorsForChange, findOperator, updateOperatorRoleRow } from './operator-store'
import { presentOperator, stateOfOperator } from './present-operator'

/** Gives an operator another role, and ends its sessions: a new one has the new role, and its second factor. */
export async function updateOperatorRole(
  deps: Dependencies,
  context: CallContext,
  operatorId: string,
  role: OperatorRole,
): Promise<Outcome<Operator>> {
  const missing = refuse('not_found', `There is no operator ${operatorId}.`)
  const id = parseId('op', operatorId)
  if (id === null) return missing
  return runChange(deps, [], async (tx): Promise<Outcome<Operator>> => {
    const at = deps.now()
    const administrators = await countAdministratorsForChange(tx)
    const before = await findOperator(tx, id)
    if (before === null) return missing
    const can = operatorCanTakeRole({ role: before.role, state: stateOfOperator(before) }, role, administrators)
    if (!can.can) return refuse('conflict', can.why)
    const after = await updateOperatorRoleRow(tx, id, role)
    const sessionsEnded = await endSessionsOf(tx, { operatorId: id, at, reason: 'role_changed' })
    await insertAuditEvent(tx, {
      action: 'operator.update_role',
      ...originOf(context),
      target: { id: operatorId, name: before.email },
      detail: { from: before.role, to: role, sessionsEnded },
      at,
    })
    return done(presentOperator(after))
  })
}
