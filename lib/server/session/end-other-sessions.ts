import type { OperationResult } from '@/lib/contract/operation'
import type { endOtherSessions as operation } from '@/lib/contract/sessions'
import { formatId } from '@/lib/domain/ids'
import { done, refuse, type Outcome } from '@/lib/domain/refusal'
import { insertAuditEvent } from '../audit/audit-store'
import { runChange } from '../audit/run-change'
import { originOf, type CallContext } from '../auth/call-context'
import type { Dependencies } from '../dependencies'
import { findSelf } from '../operator/find-self'
import { findOperator } from '../operator/operator-store'
import { endSessionsOf } from './session-store'

/** Ends all of the caller's own sessions but the one that this call came with, and its sign-ins that are under way. */
export async function endOtherSessions(
  deps: Dependencies,
  context: CallContext,
): Promise<Outcome<OperationResult<typeof operation>>> {
  const self = findSelf(context.principal)
  if (self.outcome === 'refused') return self
  const { operatorId, sessionId } = self
  return runChange(deps, [], async (tx): Promise<Outcome<OperationResult<typeof operation>>> => {
    const at = deps.now()
    const operator = await findOperator(tx, operatorId)
    if (operator === null) return refuse('unauthenticated', 'The session is over. Sign in again.')
    const sessionsEnded = await endSessionsOf(tx, { operatorId, exceptId: sessionId, at, reason: 'ended' })
    await insertAuditEvent(tx, {
      action: 'session.end_others',
      ...originOf(context),
      target: { id: formatId('op', operatorId), name: operator.email },
      detail: { sessionsEnded },
      at,
    })
    return done({ sessionsEnded })
  })
}
