import { timingSafeEqual } from 'node:crypto'
import { formatId } from '@/lib/domain/ids'
import type { Principal } from '@/lib/domain/operator/principal'
import { refuse, type Refusal } from '@/lib/domain/refusal'
import { findApiTokenByHash } from '../api-token/api-token-store'
import type { Dependencies } from '../dependencies'
import { hashSecretToken, isSecretToken } from './secret-token'

export type AuthenticateCallerResult = { readonly outcome: 'authenticated'; readonly principal: Principal } | Refusal

/**
 * Who calls, by the values of its `Authorization` lines.
 *
 * One answer for everything that is not a valid token, so that nobody learns whether a token once was one.
 */
export async function authenticateCaller(
  deps: Dependencies,
  authorization: readonly string[],
): Promise<AuthenticateCallerResult> {
  const [value] = authorization
  if (value === undefined) return refuse('unauthenticated', 'The call carries no Authorization header.')
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
