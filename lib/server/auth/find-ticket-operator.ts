import { refuse, type Refusal } from '@/lib/domain/refusal'
import type { Reader } from '../audit/transaction'
import { findOperator, type OperatorRow } from '../operator/operator-store'
import { hashSecretToken, isSecretToken } from './secret-token'
import { findTicket, type TicketPurpose } from './ticket-store'

/** Whose sign-in a ticket goes on with, without taking it: a wrong code does not send anybody back to the start. */
export async function findTicketOperator(
  db: Reader,
  ticket: string,
  purpose: TicketPurpose,
  now: Date,
): Promise<
  { readonly outcome: 'found'; readonly operator: OperatorRow; readonly hash: Buffer } | Refusal<'sign_in_step_expired'>
> {
  const hash = hashSecretToken(ticket)
  const row = isSecretToken('cse_', ticket) ? await findTicket(db, hash, purpose, now) : null
  const operator = row && (await findOperator(db, row.operatorId))
  return operator === null ? refuseExpiredStep() : { outcome: 'found', operator, hash }
}

export function refuseExpiredStep(): Refusal<'sign_in_step_expired'> {
  return refuse('sign_in_step_expired', 'The ticket of this step is unknown, used or too old.')
}
