import type { SignInAnswer } from '@/lib/contract/sign-in'
import { done } from '@/lib/domain/refusal'
import type { Dependencies } from '../dependencies'
import { countRecoveryCodes, takeRecoveryCode } from '../operator/recovery-code-store'
import { checkSecondFactor } from './check-second-factor'
import { hashRecoveryCode } from './recovery-code-set'
import type { SignInCall, StepOutcome } from './sign-in-call'

/** The second step without the phone: one of the operator's recovery codes, which is used up by it. */
export async function checkRecoveryCodeStep(
  deps: Dependencies,
  call: SignInCall,
  typed: { readonly ticket: string; readonly code: string },
): Promise<StepOutcome<SignInAnswer>> {
  const hash = hashRecoveryCode(typed.code)
  return checkSecondFactor(deps, call, {
    ticket: typed.ticket,
    kind: 'recovery_code',
    async take(tx, operator, at) {
      const isTaken = hash !== null && operator.hasTotp && (await takeRecoveryCode(tx, operator.id, hash, at))
      if (!isTaken) return { outcome: 'wrong', detail: 'The recovery code is wrong, or was used already.' }
      return done({ codesLeft: await countRecoveryCodes(tx, operator.id) })
    },
  })
}
