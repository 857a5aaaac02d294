import type { Session } from '@/lib/contract/sessions'
import { displayText } from '@/lib/domain/display-text'
import { formatId } from '@/lib/domain/ids'
import { stateOfSession } from '@/lib/domain/operator/operator-session'
import type { Principal } from '@/lib/domain/operator/principal'
import type { SessionRow } from './session-store'

/** A session as the API shows it to this caller. */
export function presentSession(row: SessionRow, principal: Principal, now: Date): Session {
  const id = formatId('ses', row.id)
  return {
    id,
    operator: { id: formatId('op', row.operator.id), email: row.operator.email, name: row.operator.name },
    state: stateOfSession(row, now),
    isCurrent: principal.sessionId === id,
    secondFactor: row.secondFactor,
    address: row.address,
    userAgent: row.userAgent === null ? null : displayText(row.userAgent, 200).slice(0, 256),
    createdAt: row.createdAt.toISOString(),
    lastSeenAt: row.lastSeenAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
    endedAt: row.endedAt?.toISOString() ?? null,
    endReason: row.endReason,
  }
}
