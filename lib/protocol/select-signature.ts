import type { SignatureCandidate } from './parse-signature-fields'
import { refuse, refuseMalformed } from './refuse'
import type { Refused } from './types'

/**
 * Picks the one signature with our tag (RFC 9421 §7.2.5). Signatures under other tags are somebody else's.
 *
 * @returns the signature, `credential_missing` when none has the tag, `credential_malformed` when two have it, or when
 *   one looks as if it had (`tag` given twice: another reader takes the other)
 */
export function selectSignature(
  candidates: readonly SignatureCandidate[],
  tag: string,
): { readonly outcome: 'selected'; readonly candidate: SignatureCandidate } | Refused {
  const [candidate, ...others] = candidates.filter(
    ({ parameters, paramsText }) => parameters.get('tag') === tag || looksTagged(paramsText, tag),
  )
  if (candidate === undefined) return refuse('credential_missing', `No signature has the tag ${tag}.`)
  if (others.length > 0) return refuseMalformed(`More than one signature has the tag ${tag}.`)
  if (!candidate.isCanonical || candidate.parameters.get('tag') !== tag) {
    return refuseMalformed('The signature parameters are not in their canonical form, or one is given twice.')
  }
  return { outcome: 'selected', candidate }
}

function looksTagged(paramsText: string, tag: string): boolean {
  return paramsText.includes(`;tag="${tag}"`) || paramsText.includes(` tag="${tag}"`)
}
