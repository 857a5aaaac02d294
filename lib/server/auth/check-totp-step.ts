import type { SignInAnswer } from '@/lib/contract/sign-in'
import { done } from '@/lib/domain/refusal'
import type { Dependencies } from '../dependencies'
import { openTotpSecret, takeTotpStep } from '../operator/totp-store'
import { checkSecondFactor } from './check-second-factor'
import { matchTotpStep } from './match-totp-step'
import type { SignInCall, StepOutcome } from './sign-in-call'

/** The second step: a code that the operator's app shows now, and that was not accepted before. */
export async function checkTotpStep(
  deps: Dependencies,
  call: SignInCall,
  typed: { readonly ticket: string; readonly code: string },
): Promise<StepOutcome<SignInAnswer>> {
  return checkSecondFactor(deps, call, {
    ticket: typed.ticket,
    kind: 'totp',
    async take(tx, operator, at) {
      const secret = await openTotpSecret(tx, deps.masterKey, operator.id)
      const step = secret && matchTotpStep(secret, typed.code, at)
      if (step === null) return { outcome: 'wrong', detail: 'The code is wrong or too old.' }
      if (await takeTotpStep(tx, operator.id, step)) return done({})
      return { outcome: 'wrong', detail: 'This code was used already. Wait for the next one.' }
    },
  })
}
