import { parseContentDigest, type AssertionClaims } from '@/lib/protocol'
import type { AssertionOptions, CountersignFacts } from '.'
import { fetchAssertionKeys, pinAssertionKeys } from './assertion-keys'
import { deny } from './denial'
import type { Check } from './guard'
import { fieldLines } from './incoming-request'
import { assertTrustedTransport } from './service-address'
import { settleBody } from './settle-body'
import { UsedAssertions } from './used-assertions'
import { verifyAssertion, type AssertionExpectation } from './verify-assertion'

/**
 * Lets a request in with a valid `Countersign-Assertion` for it: method and target as received, this service, at most ten
 * seconds old, each one once.
 */
export function makeAssertionCheck(options: AssertionOptions): Check {
  const nowMs = options.nowMs ?? Date.now
  const expected: AssertionExpectation = {
    ...readTrust(options, nowMs),
    service: options.service,
    authorities: options.authorities === undefined ? undefined : new Set(options.authorities),
    isObservedAllowed: options.observe === true,
    clockToleranceSeconds: options.clockToleranceSeconds ?? 5,
    used: new UsedAssertions(options.maxRememberedAssertions ?? 100_000),
    nowMs,
  }
  const mode = options.body ?? 'whole'
  return async (request) => {
    const lines = fieldLines(request, 'countersign-assertion')
    const [token] = lines
    if (token === undefined) {
      return deny('credential_missing', 'The request did not come through a gateway of this service.')
    }
    if (lines.length > 1) return deny('credential_malformed', 'The request has more than one Countersign-Assertion.')
    const verified = await verifyAssertion(token.trim(), request, expected)
    if (verified.outcome === 'denied') return verified
    const { claims } = verified
    if (claims.outcome === 'observed') {
      // It is let in as it is: its body may have been signed by nobody.
      request.body.letGo()
      return { outcome: 'admitted', facts: factsOf(claims) }
    }
    const signed = claims.digest === undefined ? undefined : parseContentDigest(claims.digest)
    if (claims.content === 'unchecked' && signed?.outcome !== 'parsed') {
      return deny('digest_mismatch', 'The assertion names no digest to compare the body with.')
    }
    const digest = signed?.outcome === 'parsed' ? signed.digest : undefined
    const isBound = claims.digest !== undefined
    const denial = await settleBody(request, { content: claims.content, isBound, signed: digest }, mode)
    return denial ?? { outcome: 'admitted', facts: factsOf(claims) }
  }
}

function factsOf(claims: AssertionClaims): CountersignFacts {
  const id = /\/machine\/(mach_[0-9a-z]{26})$/.exec(claims.sub)?.[1]
  return {
    machine:
      id === undefined
        ? undefined
        : { id, spiffeId: claims.sub, generation: claims.gen, name: undefined, labels: undefined },
    decisionId: claims.jti,
    authority: claims.authority,
    content: claims.content,
    isObserved: claims.outcome === 'observed',
  }
}

function readTrust(options: AssertionOptions, nowMs: () => number): Pick<AssertionExpectation, 'issuer' | 'keys'> {
  if ('issuerKeys' in options) return { issuer: options.issuer, keys: pinAssertionKeys(options.issuerKeys) }
  const url = new URL(options.jwksUrl)
  assertTrustedTransport('jwksUrl', url, options.allowHttp === true)
  return { issuer: options.issuer ?? url.origin, keys: fetchAssertionKeys(url, nowMs) }
}
