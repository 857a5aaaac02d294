import type { SignInAnswer } from '@/lib/contract/sign-in'
import { formatId } from '@/lib/domain/ids'
import { done, refuse, type Done } from '@/lib/domain/refusal'
import { insertAuditEvent } from '../audit/audit-store'
import { runChange } from '../audit/run-change'
import type { Transaction } from '../audit/transaction'
import type { Dependencies } from '../dependencies'
import type { OperatorRow } from '../operator/operator-store'
import { isKnownFor } from './browser-token'
import { addressBlock } from './find-client-address'
import { findTicketOperator, refuseExpiredStep } from './find-ticket-operator'
import { prepareTicket } from './prepare-ticket'
import { refuseSignIn } from './refuse-sign-in'
import { reserveAttempt, type AttemptSubject } from './reserve-attempt'
import { settleAttempt } from './settle-attempt'
import { actorOfOperator, type SignInCall, type StepOutcome } from './sign-in-call'
import { takeTicket } from './ticket-store'

export interface SecondFactor {
  readonly ticket: string
  readonly kind: 'totp' | 'recovery_code'
  /** Uses the code up in the transaction that goes on with the sign-in. What it hands out goes into the audit log. */
  readonly take: (
    tx: Transaction,
    operator: OperatorRow,
    at: Date,
  ) => Promise<Done<{ readonly codesLeft?: number }> | { readonly outcome: 'wrong'; readonly detail: string }>
}

/**
 * Goes on from the right password with a second factor. Tries are counted on the operator, not on the ticket: a new
 * password step gives no new guesses (threats.md, 34).
 */
export async function checkSecondFactor(
  deps: Dependencies,
  call: SignInCall,
  { ticket, kind, take }: SecondFactor,
): Promise<StepOutcome<SignInAnswer>> {
  const found = await findTicketOperator(deps.prisma, ticket, 'second_factor', deps.now())
  if (found.outcome === 'refused') return found
  const { operator, hash } = found
  const subjects: AttemptSubject[] = isKnownFor(call.browser, operator)
    ? [{ kind: 'browser-factor', name: call.browser.nonce }]
    : [
        { kind: 'factor', name: operator.id },
        { kind: 'address', name: addressBlock(call.address) },
      ]
  const reservation = await reserveAttempt(deps, subjects)
  if (reservation.outcome === 'refused') return reservation
  const next = prepareTicket('session', kind, deps.now())
  const result = await runChange(deps, [], async (tx) => {
    const at = deps.now()
    const taken = await take(tx, operator, at)
    if (taken.outcome === 'wrong') return taken
    if ((await takeTicket(tx, hash, 'second_factor', at)) === null) return { outcome: 'expired' } as const
    await next.store(tx, operator.id)
    if (kind === 'recovery_code') {
      await insertAuditEvent(tx, {
        action: 'operator.use_recovery_code',
        actor: actorOfOperator(operator),
        target: { id: formatId('op', operator.id), name: operator.email },
        detail: { ...taken.value },
        address: call.address,
        requestId: call.requestId,
        at,
      })
    }
    return taken
  })
  if (result.outcome === 'expired') return refuseExpiredStep()
  if (result.outcome === 'wrong') {
    const refusal = await refuseSignIn(deps, call, { operator, step: kind, detail: result.detail })
    return refuse(refusal.code, refusal.detail, [{ path: 'body.code', message: 'is wrong, or was used already' }])
  }
  await settleAttempt(deps, reservation, 'right')
  return done({ answer: { next: 'session', ticket: next.ticket }, knownFor: operator })
}
