import { operatorRoles, type OperatorRole } from '@/lib/domain/operator/operator-role'
import {
  sessionEndReasons,
  sessionSecondFactors,
  type SessionEndReason,
  type SessionSecondFactor,
} from '@/lib/domain/operator/operator-session'
import { oneOf } from '../audit/read-stored'
import type { Reader, Transaction } from '../audit/transaction'

/** Never the hash, which only authentication compares. */
const shown = {
  id: true,
  secondFactor: true,
  address: true,
  userAgent: true,
  createdAt: true,
  lastSeenAt: true,
  expiresAt: true,
  endedAt: true,
  endReason: true,
  operator: { select: { id: true, email: true, name: true, role: true } },
} as const

export interface SessionRow {
  readonly id: string
  readonly secondFactor: SessionSecondFactor
  readonly address: string | null
  readonly userAgent: string | null
  readonly createdAt: Date
  readonly lastSeenAt: Date
  readonly expiresAt: Date
  readonly endedAt: Date | null
  readonly endReason: SessionEndReason | null
  readonly operator: {
    readonly id: string
    readonly email: string
    readonly name: string
    readonly role: OperatorRole
  }
}

interface StoredSession extends Omit<SessionRow, 'secondFactor' | 'endReason' | 'operator'> {
  readonly secondFactor: string
  readonly endReason: string | null
  readonly operator: { readonly id: string; readonly email: string; readonly name: string; readonly role: string }
}

function toRow(stored: StoredSession): SessionRow {
  return {
    ...stored,
    secondFactor: oneOf(sessionSecondFactors, stored.secondFactor),
    endReason: stored.endReason === null ? null : oneOf(sessionEndReasons, stored.endReason),
    operator: { ...stored.operator, role: oneOf(operatorRoles, stored.operator.role) },
  }
}

export async function findSessionByHash(db: Reader, hash: Buffer): Promise<SessionRow | null> {
  const stored = await db.operatorSession.findUnique({ where: { hash: new Uint8Array(hash) }, select: shown })
  return stored && toRow(stored)
}

/** `operatorId`: only when it is a session of this operator. */
export async function findSession(db: Reader, id: string, operatorId?: string): Promise<SessionRow | null> {
  const stored = await db.operatorSession.findFirst({
    where: { id, ...(operatorId !== undefined && { operatorId }) },
    select: shown,
  })
  return stored && toRow(stored)
}

export async function insertSession(
  tx: Transaction,
  session: {
    readonly id: string
    readonly operatorId: string
    readonly hash: Buffer
    readonly secondFactor: SessionSecondFactor
    readonly address: string | null
    readonly userAgent: string | null
    readonly createdAt: Date
    readonly expiresAt: Date
  },
): Promise<SessionRow> {
  const stored = await tx.operatorSession.create({
    data: { ...session, hash: new Uint8Array(session.hash), lastSeenAt: session.createdAt },
    select: shown,
  })
  return toRow(stored)
}

/** One statement of its own. `before` keeps it to one write a minute, also from many calls at once. */
export async function touchSession(db: Reader, id: string, at: Date, before: Date): Promise<void> {
  await db.operatorSession.updateMany({
    where: { id, endedAt: null, lastSeenAt: { lt: before } },
    data: { lastSeenAt: at },
  })
}

/** Null when it is missing, was ended before, or is not of `operatorId`. */
export async function endSessionRow(
  tx: Transaction,
  end: { readonly id: string; readonly operatorId?: string; readonly at: Date; readonly reason: SessionEndReason },
): Promise<SessionRow | null> {
  const { id, operatorId, at, reason } = end
  const { count } = await tx.operatorSession.updateMany({
    where: { id, endedAt: null, ...(operatorId !== undefined && { operatorId }) },
    data: { endedAt: at, endReason: reason },
  })
  return count === 0 ? null : findSession(tx, id)
}

/** Ends all sessions of an operator but one, and the sign-ins that are under way. */
export async function endSessionsOf(
  tx: Transaction,
  end: {
    readonly operatorId: string
    readonly exceptId?: string | undefined
    readonly at: Date
    readonly reason: SessionEndReason
  },
): Promise<number> {
  const { operatorId, exceptId, at, reason } = end
  await tx.operatorTicket.deleteMany({ where: { operatorId } })
  const { count } = await tx.operatorSession.updateMany({
    where: { operatorId, endedAt: null, ...(exceptId !== undefined && { id: { not: exceptId } }) },
    data: { endedAt: at, endReason: reason },
  })
  return count
}

/** Newest first: ids are ordered by time. */
export async function listSessionRows(
  db: Reader,
  filter: {
    readonly operatorId?: string | undefined
    readonly state?: 'live' | 'expired' | 'ended' | undefined
    readonly now: Date
    /** A session that was last seen before is idle for too long. */
    readonly idleBefore: Date
    readonly beforeId?: string | undefined
    readonly limit: number
  },
): Promise<SessionRow[]> {
  const { operatorId, state, now, idleBefore, beforeId, limit } = filter
  const isOver = [{ expiresAt: { lte: now } }, { lastSeenAt: { lte: idleBefore } }]
  const stored = await db.operatorSession.findMany({
    where: {
      ...(operatorId !== undefined && { operatorId }),
      ...(beforeId !== undefined && { id: { lt: beforeId } }),
      ...(state === 'ended' && { endedAt: { not: null } }),
      ...(state === 'live' && { endedAt: null, NOT: { OR: isOver } }),
      ...(state === 'expired' && { endedAt: null, OR: isOver }),
    },
    select: shown,
    orderBy: { id: 'desc' },
    take: limit,
  })
  return stored.map(toRow)
}

/** Sessions that were over before this instant. */
export async function deleteOldSessions(db: Reader, before: Date): Promise<number> {
  const { count } = await db.operatorSession.deleteMany({ where: { expiresAt: { lt: before } } })
  return count
}
