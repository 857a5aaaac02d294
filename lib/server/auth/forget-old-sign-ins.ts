import { attemptMemoryMs } from '@/lib/domain/operator/attempt-delay'
import type { Dependencies } from '../dependencies'
import { deleteOldSessions } from '../session/session-store'
import { deleteOldAttempts } from './attempt-store'
import { deleteOldTickets } from './ticket-store'

/** Long enough to look at what somebody did; the audit log keeps that there was a session. */
const sessionsKeptMs = 30 * 86_400_000

/** Removes what counts for nothing any more: tickets, counts of wrong tries, sessions that were over a month ago. */
export async function forgetOldSignIns({ prisma, now }: Pick<Dependencies, 'prisma' | 'now'>): Promise<void> {
  const at = now()
  await deleteOldTickets(prisma, at)
  await deleteOldAttempts(prisma, new Date(at.getTime() - attemptMemoryMs))
  await deleteOldSessions(prisma, new Date(at.getTime() - sessionsKeptMs))
}
