import type { SessionSecondFactor } from '@/lib/domain/operator/operator-session'
import type { Transaction } from '../audit/transaction'
import { createSecretToken } from './secret-token'
import { insertTicket, type TicketPurpose } from './ticket-store'

/** Time to take out a phone; the session's own ticket is used by the page at once. */
const lifetimesMs: Readonly<Record<TicketPurpose, number>> = {
  second_factor: 10 * 60_000,
  totp_enrollment: 30 * 60_000,
  session: 60_000,
}

export interface PreparedTicket {
  readonly ticket: string
  readonly store: (tx: Transaction, operatorId: string) => Promise<void>
}

/** A one-use ticket for the next step of a sign-in, made before the transaction that stores it. */
export function prepareTicket(
  purpose: TicketPurpose,
  secondFactor: SessionSecondFactor,
  createdAt: Date,
): PreparedTicket {
  const { token: ticket, hash } = createSecretToken('cse_')
  const expiresAt = new Date(createdAt.getTime() + lifetimesMs[purpose])
  return {
    ticket,
    store: (tx, operatorId) => insertTicket(tx, { hash, operatorId, purpose, secondFactor, createdAt, expiresAt }),
  }
}
