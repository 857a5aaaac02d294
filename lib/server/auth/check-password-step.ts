import type { SignInAnswer } from '@/lib/contract/sign-in'
import { accountNamePattern, normalizeAccountName } from '@/lib/domain/operator/account-name'
import { done, refuse } from '@/lib/domain/refusal'
import { runChange } from '../audit/run-change'
import type { Dependencies } from '../dependencies'
import { findOperatorCredentials } from '../operator/operator-store'
import { isKnownFor } from './browser-token'
import { addressBlock } from './find-client-address'
import { verifyPassword } from './hash-password'
import { prepareNextStep } from './prepare-next-step'
import { refuseSignIn } from './refuse-sign-in'
import { reserveAttempt, type AttemptSubject } from './reserve-attempt'
import { settleAttempt } from './settle-attempt'
import type { SignInCall, StepOutcome } from './sign-in-call'

/** Of no password: compared where there is no account, so that a try takes as long (threats.md, 24). */
const nobodysHash = `$scrypt$ln=17,r=8,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`

/** The first step of a sign-in: whose e-mail address and password these are. */
export async function checkPasswordStep(
  deps: Dependencies,
  call: SignInCall,
  typed: { readonly email: string; readonly password: string },
): Promise<StepOutcome<SignInAnswer>> {
  const account = normalizeAccountName(typed.email)
  const canExist = account.length <= 254 && accountNamePattern.test(account)
  const operator = canExist ? await findOperatorCredentials(deps.prisma, { email: account }) : null
  const subjects: AttemptSubject[] = isKnownFor(call.browser, operator)
    ? [{ kind: 'browser', name: call.browser.nonce }]
    : [
        { kind: 'account', name: account },
        { kind: 'address', name: addressBlock(call.address) },
      ]
  const reservation = await reserveAttempt(deps, subjects)
  if (reservation.outcome === 'refused') return reservation
  const passwordHash = operator?.passwordHash ?? nobodysHash
  const checked = await deps.passwordWork.run(() => verifyPassword(typed.password, passwordHash))
  if (checked.outcome === 'overloaded') {
    await settleAttempt(deps, reservation, 'unchecked')
    return { ...refuse('overloaded', 'Many people sign in at this moment.'), retryAfterSeconds: 5 }
  }
  if (checked.value.outcome === 'refused' || operator === null || operator.passwordHash === null) {
    const detail = 'The e-mail address or the password is wrong.'
    return refuseSignIn(deps, call, { operator, step: 'password', detail })
  }
  await settleAttempt(deps, reservation, 'right')
  const next = prepareNextStep(operator, deps.now())
  await runChange(deps, [], (tx) => next.store(tx, operator.id))
  return done({ answer: next.answer, ...(next.answer.next === 'session' && { knownFor: operator }) })
}
