import { timingSafeEqual } from 'node:crypto'
import { formatId } from '@/lib/domain/ids'
import type { Principal } from '@/lib/domain/operator/principal'
import { refuse, type Refusal } from '@/lib/domain/refusal'
import { findApiTokenByHash } from '../api-token/api-token-store'
import type { Dependencies } from '../dependencies'
import { checkSameOrigin } from './check-same-origin'
import { findRequestSession } from './find-request-session'
import { headerLines, type RequestFacts } from './request-facts'
import { hashSecretToken, isSecretToken } from './secret-token'
import { hasCookie, sessionCookie } from './session-cookie'

export type AuthenticateCallerResult = { readonly outcome: 'authenticated'; readonly principal: Principal } | Refusal

/**
 * Who calls: by its `Authorization` header, or by the session of a browser when it has none.
 *
 * One answer for everything that is not a valid token, so that nobody learns whether a token once was one.
 */
export async function authenticateCaller(deps: Dependencies, request: RequestFacts): Promise<AuthenticateCallerResult> {
  const authorization = headerLines(request, 'authorization')
  const [value] = authorization
  if (value === undefined) return authenticateSession(deps, request)
  if (authorization.length > 1) return refuse('unauthenticated', 'The call carries more than one Authorization header.')
  // RFC 9110 §11.1: the scheme is case-insensitive. RFC 6750 §2.1 has one blank.
  const token = /^bearer ([!-~]{1,256})$/i.exec(value)?.[1]
  if (token === undefined)
    return refuse('unauthenticated', 'The Authorization header is not of the form "Bearer cst_…".')
  const principal = findLocalAdministrator(deps, token) ?? (await findApiTokenPrincipal(deps, token))
  return principal === null
    ? refuse('unauthenticated', 'The token is unknown, expired or revoked.')
    : { outcome: 'authenticated', principal }
}

/** A browser sends its cookie with whatever makes it call, so a session counts only in calls of our own pages. */
async function authenticateSession(deps: Dependencies, request: RequestFacts): Promise<AuthenticateCallerResult> {
  if (!hasCookie(request, sessionCookie)) {
    return refuse('unauthenticated', 'The call carries neither an Authorization header nor a session.')
  }
  const checked = checkSameOrigin(deps, request)
  if (checked.outcome === 'refused') return checked
  const session = await findRequestSession(deps, request)
  return session === null
    ? refuse('unauthenticated', 'The session is over. Sign in again.')
    : { outcome: 'authenticated', principal: session.principal }
}

function findLocalAdministrator(deps: Dependencies, token: string): Principal | null {
  if (!isSecretToken('csl_', token)) return null
  const isRight = timingSafeEqual(hashSecretToken(token), deps.localAdministratorTokenHash)
  return isRight ? { type: 'local_administrator', id: null, name: 'local administrator', role: 'administrator' } : null
}

/** Looked up by its hash: what an attacker could time is the hash of a guess, which tells nothing about any token. */
async function findApiTokenPrincipal(deps: Dependencies, token: string): Promise<Principal | null> {
  if (!isSecretToken('cst_', token)) return null
  const hash = hashSecretToken(token)
  const found = await findApiTokenByHash(deps.prisma, hash)
  if (found === null || !timingSafeEqual(hash, found.hash)) return null
  if (found.revokedAt !== null || found.expiresAt <= deps.now()) return null
  return { type: 'api_token', id: formatId('tok', found.id), name: found.name, role: found.role }
}
