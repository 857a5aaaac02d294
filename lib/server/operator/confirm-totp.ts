import type { OperationResult } from '@/lib/contract/operation'
import type { confirmTotp as operation } from '@/lib/contract/self'
import { done, refuse, type Outcome } from '@/lib/domain/refusal'
import { runChange } from '../audit/run-change'
import { originOf, type CallContext } from '../auth/call-context'
import { enrollTotp } from '../auth/enroll-totp'
import { makeRecoveryCodeSet } from '../auth/recovery-code-set'
import type { Dependencies } from '../dependencies'
import { endSessionsOf } from '../session/session-store'
import { findSelf } from './find-self'
import { findOperator } from './operator-store'

/** Confirms the second factor that was begun in this session, and makes recovery codes for it. */
export async function confirmTotp(
  deps: Dependencies,
  context: CallContext,
  code: string,
): Promise<Outcome<OperationResult<typeof operation>>> {
  const self = findSelf(context.principal)
  if (self.outcome === 'refused') return self
  const { operatorId, sessionId } = self
  const { codes, hashes } = makeRecoveryCodeSet()
  return runChange(deps, [], async (tx): Promise<Outcome<OperationResult<typeof operation>>> => {
    const at = deps.now()
    const operator = await findOperator(tx, operatorId)
    if (operator === null) return refuse('unauthenticated', 'The session is over. Sign in again.')
    const enrolled = await enrollTotp(deps, tx, {
      operator,
      code,
      recoveryCodeHashes: hashes,
      origin: originOf(context),
      at,
    })
    if (enrolled.outcome === 'refused') return enrolled
    await endSessionsOf(tx, { operatorId, exceptId: sessionId, at, reason: 'credentials_changed' })
    return done({ recoveryCodes: codes })
  })
}
