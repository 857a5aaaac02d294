import { refuse, type Refusal } from '@/lib/domain/refusal'
import type { Dependencies } from '../dependencies'
import { findOperatorCredentials } from '../operator/operator-store'
import type { CallContext } from './call-context'
import { addressBlock } from './find-client-address'
import { verifyPassword } from './hash-password'
import { reserveAttempt } from './reserve-attempt'
import { settleAttempt } from './settle-attempt'

/**
 * Whether whoever sits before an open session knows its operator's password: asked again before credentials change.
 * Wrong tries are counted as at the sign-in, on the same account.
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
  const { passwordHash, email } = operator
  const reservation = await reserveAttempt(deps, [
    { kind: 'account', name: email },
    { kind: 'address', name: addressBlock(context.address ?? null) },
  ])
  if (reservation.outcome === 'refused') return reservation
  const checked = await deps.passwordWork.run(() => verifyPassword(password, passwordHash))
  if (checked.outcome === 'overloaded') {
    await settleAttempt(deps, reservation, 'unchecked')
    return { ...refuse('overloaded', 'Too many passwords are being compared.'), retryAfterSeconds: 5 }
  }
  if (checked.value.outcome === 'refused') {
    const message = 'is not your password'
    return refuse('sign_in_refused', 'The current password is wrong.', [{ path: 'body.currentPassword', message }])
  }
  await settleAttempt(deps, reservation, 'right')
  return { outcome: 'right' }
}
