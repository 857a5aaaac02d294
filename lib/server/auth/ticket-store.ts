import { sessionSecondFactors, type SessionSecondFactor } from '@/lib/domain/operator/operator-session'
import { oneOf } from '../audit/read-stored'
import type { Reader, Transaction } from '../audit/transaction'

/** What may come next: a code, the set-up of a second factor, or the session. */
export const ticketPurposes = ['second_factor', 'totp_enrollment', 'session'] as const
export type TicketPurpose = (typeof ticketPurposes)[number]

export interface TicketRow {
  readonly operatorId: string
  readonly secondFactor: SessionSecondFactor
}

export async function insertTicket(
  tx: Transaction,
  ticket: TicketRow & {
    readonly hash: Buffer
    readonly purpose: TicketPurpose
    readonly createdAt: Date
    readonly expiresAt: Date
  },
): Promise<void> {
  await tx.operatorTicket.create({ data: { ...ticket, hash: new Uint8Array(ticket.hash) }, select: { hash: true } })
}

/** A ticket for this purpose that still works, without taking it. */
export async function findTicket(
  db: Reader,
  hash: Buffer,
  purpose: TicketPurpose,
  now: Date,
): Promise<TicketRow | null> {
  const row = await db.operatorTicket.findFirst({
    where: { hash: new Uint8Array(hash), purpose, expiresAt: { gt: now } },
    select: { operatorId: true, secondFactor: true },
  })
  return row && { operatorId: row.operatorId, secondFactor: oneOf(sessionSecondFactors, row.secondFactor) }
}

/** Takes a ticket: null when it is not there, too old, or somebody else was quicker. */
export async function takeTicket(
  tx: Transaction,
  hash: Buffer,
  purpose: TicketPurpose,
  now: Date,
): Promise<TicketRow | null> {
  const ticket = await findTicket(tx, hash, purpose, now)
  if (ticket === null) return null
  const { count } = await tx.operatorTicket.deleteMany({ where: { hash: new Uint8Array(hash) } })
  return count === 1 ? ticket : null
}

export async function deleteTicketsOf(tx: Transaction, operatorId: string): Promise<void> {
  await tx.operatorTicket.deleteMany({ where: { operatorId } })
}

export async function deleteOldTickets(db: Reader, now: Date): Promise<number> {
  const { count } = await db.operatorTicket.deleteMany({ where: { expiresAt: { lt: now } } })
  return count
}
