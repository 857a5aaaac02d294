import type { Session } from '@/lib/contract/sessions'
import { parseId } from '@/lib/domain/ids'
import { sessionCanBeEnded, stateOfSession } from '@/lib/domain/operator/operator-session'
import { done, refuse, type Outcome } from '@/lib/domain/refusal'
import { insertAuditEvent } from '../audit/audit-store'
import { runChange } from '../audit/run-change'
import { originOf, type CallContext } from '../auth/call-context'
import type { Dependencies } from '../dependencies'
import { findVisibleOperator } from './find-visible-operator'
import { presentSession } from './present-session'
import { endSessionRow, findSession } from './session-store'

/** Ends a session that the caller may see: the next call with it is refused, on every node. */
export async function endSession(
  deps: Dependencies,
  context: CallContext,
  sessionId: string,
): Promise<Outcome<Session>> {
  const missing = refuse('not_found', `There is no session ${sessionId} that you may end.`)
  const id = parseId('ses', sessionId)
  const visible = findVisibleOperator(context.principal)
  if (id === null || visible.scope === 'none') return missing
  const mine = visible.scope === 'own' ? { operatorId: visible.operatorId } : {}
  return runChange(deps, [], async (tx): Promise<Outcome<Session>> => {
    const at = deps.now()
    const reason = context.principal.sessionId === sessionId ? 'signed_out' : 'ended'
    const row = await endSessionRow(tx, { id, ...mine, at, reason })
    if (row === null) {
      const found = await findSession(tx, id, mine.operatorId)
      const can = found && sessionCanBeEnded({ state: stateOfSession(found, at) })
      return can === null || can.can ? missing : refuse('conflict', can.why)
    }
    await insertAuditEvent(tx, {
      action: 'session.end',
      ...originOf(context),
      target: { id: sessionId, name: row.operator.email },
      detail: { reason },
      at,
    })
    return done(presentSession(row, context.principal, at))
  })
}
