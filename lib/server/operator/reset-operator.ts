import type { OperatorLink } from '@/lib/contract/operators'
import { parseId } from '@/lib/domain/ids'
import { done, refuse, type Outcome } from '@/lib/domain/refusal'
import { insertAuditEvent } from '../audit/audit-store'
import { runChange } from '../audit/run-change'
import { originOf, describePrincipal, type CallContext } from '../auth/call-context'
import type { Dependencies } from '../dependencies'
import { endSessionsOf } from '../session/session-store'
import { findOperator } from './operator-store'
import { prepareOperatorLink } from './prepare-operator-link'
import { stateOfOperator } from './present-operator'

/**
 * Makes a link by which an operator chooses a new password and sets up a new second factor; an invited operator gets a
 * new invitation. The old ones hold until it is used: whoever should be kept out is removed instead.
 */
export async function resetOperator(
  deps: Dependencies,
  context: CallContext,
  operatorId: string,
): Promise<Outcome<OperatorLink>> {
  const missing = refuse('not_found', `There is no operator ${operatorId}.`)
  const id = parseId('op', operatorId)
  const found = id === null ? null : await findOperator(deps.prisma, id)
  if (id === null || found === null) return missing
  const at = deps.now()
  const link = prepareOperatorLink({
    kind: stateOfOperator(found) === 'invited' ? 'invitation' : 'reset',
    publicUrl: deps.settings.publicUrl,
    createdAt: at,
    createdBy: describePrincipal(context.principal),
  })
  return runChange(deps, [], async (tx): Promise<Outcome<OperatorLink>> => {
    const row = await findOperator(tx, id)
    if (row === null) return missing
    await link.store(tx, id)
    const sessionsEnded = await endSessionsOf(tx, { operatorId: id, at, reason: 'reset' })
    await insertAuditEvent(tx, {
      action: 'operator.reset',
      ...originOf(context),
      target: { id: operatorId, name: row.email },
      detail: { expiresAt: link.shown.expiresAt, sessionsEnded },
      at,
    })
    return done(link.shown)
  })
}
