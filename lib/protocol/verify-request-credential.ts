import { hash } from 'node:crypto'
import { checkSignature } from './check-signature'
import { refuse } from './refuse'
import type {
  ParsedRequestCredential,
  Refused,
  VerificationKey,
  verifiedBrand,
  VerifiedRequestCredential,
} from './types'

export type VerifyRequestCredentialResult =
  | { readonly outcome: 'verified'; readonly credential: VerifiedRequestCredential }
  | Refused<'signature_invalid' | 'algorithm_not_allowed'>

/**
 * Checks the MAC or signature of a request credential (protocol section 5, step 5). The time window comes before it
 * (`checkCredentialWindow`), single use and policy after it.
 *
 * @param parsed from `parseRequestCredential`
 * @param options the authority that the service is known by, canonical, never a header's alone; the key on record for
 *   the credential's machine and generation, with its one algorithm
 */
export function verifyRequestCredential(
  parsed: ParsedRequestCredential,
  options: { readonly authority: string; readonly key: VerificationKey },
): VerifyRequestCredentialResult {
  const { authority, key } = options
  if (parsed.alg !== key.alg) {
    return refuse('algorithm_not_allowed', 'The credential does not use the algorithm on record for its key.')
  }
  // RFC 9112 §3.2.2: the authority of an absolute-form target is the request's, whatever `Host` says.
  if (parsed.targetAuthority !== undefined && parsed.targetAuthority !== authority) {
    return refuse('signature_invalid', 'The request-target names another authority than the service has.')
  }
  const base = parsed.signatureBaseFor(authority)
  const checked = checkSignature(base, parsed.signature, key)
  if (checked.outcome === 'refused') return checked
  return { outcome: 'verified', credential: markVerified(parsed, authority, hash('sha256', base, 'buffer')) }
}

/** The one place that may say so: the brand exists in types only. A literal, because object spread costs 2 µs here. */
function markVerified(parsed: ParsedRequestCredential, authority: string, baseHash: Buffer): VerifiedRequestCredential {
  const verified: Omit<VerifiedRequestCredential, typeof verifiedBrand> = {
    keyid: parsed.keyid,
    machineId: parsed.machineId,
    generation: parsed.generation,
    alg: parsed.alg,
    created: parsed.created,
    expires: parsed.expires,
    nonce: parsed.nonce,
    useKey: parsed.useKey,
    signature: parsed.signature,
    method: parsed.method,
    path: parsed.path,
    query: parsed.query,
    hasQuery: parsed.hasQuery,
    targetAuthority: parsed.targetAuthority,
    contentDigest: parsed.contentDigest,
    coveredComponents: parsed.coveredComponents,
    signatureBaseFor: parsed.signatureBaseFor,
    authority,
    baseHash,
  }
  return verified as VerifiedRequestCredential
}
