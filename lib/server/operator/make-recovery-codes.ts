import type { OperationResult } from '@/lib/contract/operation'
import type { makeRecoveryCodes as operation } from '@/lib/contract/self'
import { formatId } from '@/lib/domain/ids'
import { done, refuse, type Outcome } from '@/lib/domain/refusal'
import { insertAuditEvent } from '../audit/audit-store'
import { runChange } from '../audit/run-change'
import { originOf, type CallContext } from '../auth/call-context'
import { checkOwnPassword } from '../auth/check-own-password'
import { makeRecoveryCodeSet } from '../auth/recovery-code-set'
import type { Dependencies } from '../dependencies'
import { findSelf } from './find-self'
import { findOperator } from './operator-store'
import { replaceRecoveryCodes } from './recovery-code-store'

/** Makes new recovery codes for whoever has a second factor; the old ones stop working. */
export async function makeRecoveryCodes(
  deps: Dependencies,
  context: CallContext,
  currentPassword: string,
): Promise<Outcome<OperationResult<typeof operation>>> {
  const self = findSelf(context.principal)
  if (self.outcome === 'refused') return self
  const { operatorId } = self
  const checked = await checkOwnPassword(deps, context, operatorId, currentPassword)
  if (checked.outcome === 'refused') return checked
  const { codes, hashes } = makeRecoveryCodeSet()
  return runChange(deps, [], async (tx): Promise<Outcome<OperationResult<typeof operation>>> => {
    const at = deps.now()
    const operator = await findOperator(tx, operatorId)
    if (!operator?.hasTotp) return refuse('conflict', 'Recovery codes stand in for a second factor. Set one up first.')
    await replaceRecoveryCodes(tx, operatorId, hashes, at)
    await insertAuditEvent(tx, {
      action: 'operator.make_recovery_codes',
      ...originOf(context),
      target: { id: formatId('op', operatorId), name: operator.email },
      at,
    })
    return done({ recoveryCodes: codes })
  })
}
