import type { SignInAnswer } from '@/lib/contract/sign-in'
import { formatId } from '@/lib/domain/ids'
import { done, refuse } from '@/lib/domain/refusal'
import { insertAuditEvent } from '../audit/audit-store'
import { runChange } from '../audit/run-change'
import type { Reader } from '../audit/transaction'
import type { Dependencies } from '../dependencies'
import { findUsableLink, takeLink, type OperatorLinkRow } from '../operator/link-store'
import { updatePasswordHash } from '../operator/operator-store'
import { replaceRecoveryCodes } from '../operator/recovery-code-store'
import { deleteTotp } from '../operator/totp-store'
import { endSessionsOf } from '../session/session-store'
import { hashPassword } from './hash-password'
import { prepareNextStep } from './prepare-next-step'
import { hashSecretToken, isSecretToken } from './secret-token'
import { actorOfOperator, type SignInCall, type StepOutcome } from './sign-in-call'

/**
 * Lets whoever holds an invitation or a reset link choose a password. The second factor goes with the old password, and
 * an administrator sets up a new one next. It waits for no delay: it is how the only administrator gets in again.
 */
export async function acceptLinkStep(
  deps: Dependencies,
  call: SignInCall,
  typed: { readonly token: string; readonly password: string },
): Promise<StepOutcome<SignInAnswer>> {
  const invalid = refuse('link_invalid', 'The link is unknown, used or too old.')
  if ((await findLink(deps.prisma, typed.token, deps.now())) === null) return invalid
  const hashed = await deps.passwordWork.run(() => hashPassword(typed.password))
  if (hashed.outcome === 'overloaded') return refuse('overloaded', 'Too many passwords are being hashed.')
  const passwordHash = hashed.value
  return runChange(deps, [], async (tx): Promise<StepOutcome<SignInAnswer>> => {
    const at = deps.now()
    const link = await findLink(tx, typed.token, at)
    if (link === null || !(await takeLink(tx, link.id, at))) return invalid
    const { operatorId, kind } = link
    await deleteTotp(tx, operatorId)
    await replaceRecoveryCodes(tx, operatorId, [], at)
    const sessionsEnded = await endSessionsOf(tx, { operatorId, at, reason: 'credentials_changed' })
    const operator = await updatePasswordHash(tx, operatorId, passwordHash, at)
    const next = prepareNextStep(operator, at)
    await next.store(tx, operatorId)
    await insertAuditEvent(tx, {
      action: 'operator.accept_link',
      actor: actorOfOperator(operator),
      target: { id: formatId('op', operatorId), name: operator.email },
      detail: { kind, sessionsEnded },
      address: call.address,
      requestId: call.requestId,
      at,
    })
    return done({ answer: next.answer, ...(next.answer.next === 'session' && { knownFor: operator }) })
  })
}

async function findLink(
  db: Reader,
  token: string,
  now: Date,
): Promise<(OperatorLinkRow & { readonly operatorId: string }) | null> {
  if (!isSecretToken('csu_', token)) return null
  const hash = hashSecretToken(token)
  const link = (await findUsableLink(db, hash, 'reset', now)) ?? (await findUsableLink(db, hash, 'invitation', now))
  return link === null || link.operatorId === null ? null : { ...link, operatorId: link.operatorId }
}
