import { formatId } from '@/lib/domain/ids'
import { stateOfSession } from '@/lib/domain/operator/operator-session'
import type { Principal } from '@/lib/domain/operator/principal'
import type { Dependencies } from '../dependencies'
import { findSessionByHash, touchSession, type SessionRow } from '../session/session-store'
import { hashSessionSecret } from './session-token'

const touchEveryMs = 60_000

export interface LiveSession {
  readonly row: SessionRow
  readonly principal: Principal
}

/**
 * The session with this id as its row says it is now, or null when it is over. Asked on every call, so that an ended
 * session, a removed operator and a changed role count at once and on every node.
 */
export async function findLiveSession(
  deps: Pick<Dependencies, 'prisma' | 'now'>,
  sessionId: string,
): Promise<LiveSession | null> {
  const row = await findSessionByHash(deps.prisma, hashSessionSecret(sessionId))
  const now = deps.now()
  if (row === null || stateOfSession(row, now) !== 'live') return null
  const seenBefore = new Date(now.getTime() - touchEveryMs)
  if (row.lastSeenAt < seenBefore) await touchSession(deps.prisma, row.id, now, seenBefore)
  return { row, principal: principalOfSession(row) }
}

function principalOfSession({ id, operator }: SessionRow): Principal {
  return {
    type: 'operator',
    id: formatId('op', operator.id),
    name: operator.name,
    role: operator.role,
    sessionId: formatId('ses', id),
  }
}
