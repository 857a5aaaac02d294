import type { Dependencies } from '../dependencies'
import { findLiveSession, type LiveSession } from './find-live-session'
import type { RequestFacts } from './request-facts'
import { findCookie, sessionCookie } from './session-cookie'
import { readSessionToken } from './session-token'

/** The live session whose cookie a request carries. Where the request came from is not checked here. */
export async function findRequestSession(
  deps: Pick<Dependencies, 'prisma' | 'now' | 'masterKey'>,
  request: RequestFacts,
): Promise<LiveSession | null> {
  const token = findCookie(request, sessionCookie)
  const sessionId = token === null ? null : await readSessionToken(deps.masterKey, token)
  return sessionId === null ? null : findLiveSession(deps, sessionId)
}
