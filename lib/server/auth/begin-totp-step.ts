import type { TotpSetup } from '@/lib/contract/self'
import { done } from '@/lib/domain/refusal'
import { runChange } from '../audit/run-change'
import type { Dependencies } from '../dependencies'
import { writePendingTotpSecret } from '../operator/totp-store'
import { findTicketOperator, refuseExpiredStep } from './find-ticket-operator'
import { issuerOf, makeTotpSetup } from './make-totp-setup'
import type { StepOutcome } from './sign-in-call'

/** Shows an operator who has no second factor yet how to set one up, in the middle of a sign-in. */
export async function beginTotpStep(
  deps: Dependencies,
  typed: { readonly ticket: string },
): Promise<StepOutcome<TotpSetup>> {
  const found = await findTicketOperator(deps.prisma, typed.ticket, 'totp_enrollment', deps.now())
  if (found.outcome === 'refused') return found
  const { operator } = found
  // A password alone never replaces a second factor that is there.
  if (operator.hasTotp) return refuseExpiredStep()
  const { secret, setup } = makeTotpSetup(operator.email, issuerOf(deps.settings))
  await runChange(deps, [], (tx) =>
    writePendingTotpSecret(tx, deps.masterKey, { operatorId: operator.id, secret, at: deps.now() }),
  )
  return done({ answer: setup })
}
