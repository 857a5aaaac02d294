import {
  ASSERTION_TYP,
  decodeBase64url,
  parseAssertionClaims,
  verifyCompactJws,
  type AssertionClaims,
} from '@/lib/protocol'
import type { AssertionKeys } from './assertion-keys'
import { deny, type Denial } from './denial'
import type { UsedAssertions } from './used-assertions'

/** Protocol section 6: an assertion ends ten seconds after it was made. */
const MAX_LIFETIME_SECONDS = 10
const MAX_LENGTH = 32_768

export interface AssertionExpectation {
  readonly issuer: string
  readonly service: string
  readonly authorities: ReadonlySet<string> | undefined
  readonly isObservedAllowed: boolean
  readonly clockToleranceSeconds: number
  readonly keys: AssertionKeys
  readonly used: UsedAssertions
  readonly nowMs: () => number
}

/**
 * Decides whether an assertion speaks about this very request, and takes it: a second call with it is a replay. The
 * body is not looked at.
 *
 * @param request the raw method and request-target of the request at hand
 */
export async function verifyAssertion(
  token: string,
  request: { readonly method: string; readonly target: string },
  expected: AssertionExpectation,
): Promise<{ outcome: 'verified'; claims: AssertionClaims } | Denial> {
  const kid = readKid(token)
  if (kid === undefined) return deny('credential_malformed', 'The assertion is no signed token.')
  const found = await expected.keys.find(kid)
  if (found.outcome === 'unavailable') return deny('unavailable', 'The keys of the verification service cannot be had.')
  if (found.outcome === 'unknown') return deny('signature_invalid', 'The assertion names a key that is not known.')
  const verified = verifyCompactJws(token, {
    typ: ASSERTION_TYP,
    resolveKey: (named) => (named === kid ? found.key : undefined),
    maxLength: MAX_LENGTH,
  })
  if (verified.outcome === 'refused') return deny('signature_invalid', verified.detail)
  const parsed = parseAssertionClaims(verified.claims)
  if (parsed.outcome === 'refused') return deny('credential_malformed', parsed.detail)
  const { claims } = parsed
  return checkAddressee(claims, expected) ?? checkRequest(claims, request) ?? take(claims, expected)
}

/** Only to find the key; believed when the whole token is verified with it. */
function readKid(token: string): string | undefined {
  if (token.length > MAX_LENGTH) return undefined
  try {
    const header: unknown = JSON.parse(decodeBase64url(token.split('.')[0] ?? '')?.toString('utf8') ?? '')
    const kid = typeof header === 'object' && header !== null && 'kid' in header ? header.kid : undefined
    return typeof kid === 'string' && /^[A-Za-z0-9_-]{43}$/.test(kid) ? kid : undefined
  } catch {
    return undefined
  }
}

function checkAddressee(claims: AssertionClaims, expected: AssertionExpectation): Denial | undefined {
  if (claims.iss !== expected.issuer) return deny('service_unknown', 'The assertion comes from another deployment.')
  if (claims.aud !== expected.service) return deny('service_unknown', 'The assertion is for another service.')
  if (expected.authorities?.has(claims.authority) === false) {
    return deny('authority_unknown', 'The assertion is about another host.')
  }
  if (claims.outcome === 'observed' && !expected.isObservedAllowed) {
    return deny('policy_denied', 'The request was only observed, and this backend wants a decision.')
  }
  return undefined
}

function checkRequest(
  claims: AssertionClaims,
  request: { readonly method: string; readonly target: string },
): Denial | undefined {
  if (claims.htm !== request.method) return deny('signature_invalid', 'The assertion is about another method.')
  if (claims.target !== request.target)
    return deny('signature_invalid', 'The assertion is about another path or query.')
  return undefined
}

function take(
  claims: AssertionClaims,
  expected: AssertionExpectation,
): { outcome: 'verified'; claims: AssertionClaims } | Denial {
  const { clockToleranceSeconds: tolerance, used } = expected
  const nowMs = expected.nowMs()
  const now = nowMs / 1_000
  if (claims.exp <= claims.iat || claims.exp - claims.iat > MAX_LIFETIME_SECONDS) {
    return deny('credential_malformed', 'The assertion lives longer than assertions do.')
  }
  if (now > claims.exp + tolerance) return deny('credential_expired', 'The assertion is too old.')
  if (claims.iat > now + tolerance) {
    return deny('credential_not_yet_valid', 'The assertion is from the future; compare the clocks.')
  }
  switch (used.take(claims.jti, (claims.exp + tolerance) * 1_000, nowMs)) {
    case 'first':
      return { outcome: 'verified', claims }
    case 'again':
      return deny('credential_replayed', 'The assertion was taken before.')
    case 'full':
      return deny('unavailable', 'This backend remembers as many assertions as it can.')
  }
}
