import type { SignInAnswer } from '@/lib/contract/sign-in'
import { done } from '@/lib/domain/refusal'
import { runChange } from '../audit/run-change'
import type { Dependencies } from '../dependencies'
import { enrollTotp } from './enroll-totp'
import { findTicketOperator, refuseExpiredStep } from './find-ticket-operator'
import { prepareTicket } from './prepare-ticket'
import { makeRecoveryCodeSet } from './recovery-code-set'
import { actorOfOperator, type SignInCall, type StepOutcome } from './sign-in-call'
import { deleteTicketsOf, takeTicket } from './ticket-store'

/** Ends the set-up of a second factor in the middle of a sign-in: its first code opens the session. */
export async function confirmTotpStep(
  deps: Dependencies,
  call: SignInCall,
  typed: { readonly ticket: string; readonly code: string },
): Promise<StepOutcome<SignInAnswer>> {
  const { codes, hashes } = makeRecoveryCodeSet()
  const next = prepareTicket('session', 'totp', deps.now())
  return runChange(deps, [], async (tx): Promise<StepOutcome<SignInAnswer>> => {
    const at = deps.now()
    const found = await findTicketOperator(tx, typed.ticket, 'totp_enrollment', at)
    if (found.outcome === 'refused') return found
    const { operator, hash } = found
    if (operator.hasTotp) return refuseExpiredStep()
    const enrolled = await enrollTotp(deps, tx, {
      operator,
      code: typed.code,
      recoveryCodeHashes: hashes,
      origin: { actor: actorOfOperator(operator), requestId: call.requestId, address: call.address },
      at,
    })
    if (enrolled.outcome === 'refused') return enrolled
    if ((await takeTicket(tx, hash, 'totp_enrollment', at)) === null) throw new Error('The ticket was taken twice.')
    // Tickets of other windows would go on without the second factor.
    await deleteTicketsOf(tx, operator.id)
    await next.store(tx, operator.id)
    return done({ answer: { next: 'session', ticket: next.ticket, recoveryCodes: codes }, knownFor: operator })
  })
}
