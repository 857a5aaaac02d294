import type { OperationInput } from '@/lib/contract/operation'
import type { Operator } from '@/lib/contract/operators'
import type { changePassword as operation } from '@/lib/contract/self'
import { formatId } from '@/lib/domain/ids'
import { done, refuse, type Outcome } from '@/lib/domain/refusal'
import { insertAuditEvent } from '../audit/audit-store'
import { runChange } from '../audit/run-change'
import { originOf, type CallContext } from '../auth/call-context'
import { checkOwnPassword } from '../auth/check-own-password'
import { hashPassword } from '../auth/hash-password'
import type { Dependencies } from '../dependencies'
import { endSessionsOf } from '../session/session-store'
import { findSelf } from './find-self'
import { updatePasswordHash } from './operator-store'
import { presentOperator } from './present-operator'

/** Changes one's own password, and ends one's other sessions. */
export async function changePassword(
  deps: Dependencies,
  context: CallContext,
  { currentPassword, newPassword }: OperationInput<typeof operation>['body'],
): Promise<Outcome<Operator>> {
  const self = findSelf(context.principal)
  if (self.outcome === 'refused') return self
  const { operatorId, sessionId } = self
  const checked = await checkOwnPassword(deps, context, operatorId, currentPassword)
  if (checked.outcome === 'refused') return checked
  const hashed = await deps.passwordWork.run(() => hashPassword(newPassword))
  if (hashed.outcome === 'overloaded') return refuse('overloaded', 'Too many passwords are being hashed.')
  return runChange(deps, [], async (tx): Promise<Outcome<Operator>> => {
    const at = deps.now()
    const row = await updatePasswordHash(tx, operatorId, hashed.value, at)
    const sessionsEnded = await endSessionsOf(tx, {
      operatorId,
      exceptId: sessionId,
      at,
      reason: 'credentials_changed',
    })
    await insertAuditEvent(tx, {
      action: 'operator.change_password',
      ...originOf(context),
      target: { id: formatId('op', operatorId), name: row.email },
      detail: { sessionsEnded },
      at,
    })
    return done(presentOperator(row))
  })
}
