import { refuse, type Refusal } from '@/lib/domain/refusal'
import type { Dependencies } from '../dependencies'
import { findOperatorCredentials } from '../operator/operator-store'
import type { CallContext } from './call-context'
import { verifyPassword } from './hash-password'
import { refuseSignIn } from './refuse-sign-in'
import { reserveAttempt } from './reserve-attempt'
import { settleAttempt } from './settle-attempt'

/**
 * Whether whoever sits before an open session knows its operator's password: asked again before credentials change.
 * Wrong tries are counted on the session, so that nobody who has none can keep its operator from changing a password.
 */
export async function checkOwnPassword(
  deps: Dependencies,
  context: CallContext,
  operatorId: string,
  password: string,
): Promise<
  { readonly outcome: 'right' } | Refusal<'unauthenticated' | 'sign_in_refused' | 'locked_out' | 'overloaded'>
> {
  const operator = await findOperatorCredentials(deps.prisma, { id: operatorId })
  if (operator === null || operator.passwordHash === null) return refuse('unauthenticated', 'The session is over.')
  const { passwordHash } = operator
  const reservation = await reserveAttempt(deps, [{ kind: 'browser', name: context.principal.sessionId ?? '' }])
  if (reservation.outcome === 'refused') return reservation
  const checked = await deps.passwordWork.run(() => verifyPassword(password, passwordHash))
  if (checked.outcome === 'overloaded') {
    await settleAttempt(deps, reservation, 'unchecked')
    return { ...refuse('overloaded', 'Too many passwords are being compared.'), retryAfterSeconds: 5 }
  }
  if (checked.value.outcome === 'refused') {
    const call = { requestId: context.requestId, address: context.address ?? null, browser: null }
    const detail = 'The current password is wrong.'
    const refusal = await refuseSignIn(deps, call, { operator, step: 'password', detail })
    return { ...refusal, fields: [{ path: 'body.currentPassword', message: 'is not your password' }] }
  }
  await settleAttempt(deps, reservation, 'right')
  return { outcome: 'right' }
}
