import { timingSafeEqual } from 'node:crypto'
import { refuse } from './refuse'
import type { ParsedContentDigest, Refused } from './types'

/**
 * Compares the digests of a request with those of the body that came. Every recognised member has to match
 * (protocol section 4), so each has to be computed by the caller: a missing one refuses.
 *
 * @param parsed from `parseContentDigest`
 * @param digests of the body that was seen
 */
export function checkContentDigest(
  parsed: ParsedContentDigest,
  digests: { readonly sha256?: Buffer; readonly sha512?: Buffer },
): { readonly outcome: 'matches' } | Refused<'digest_mismatch'> {
  const pairs = [
    [parsed.sha256, digests.sha256],
    [parsed.sha512, digests.sha512],
  ] as const
  const claimed = pairs.filter(([expected]) => expected !== undefined)
  const matches = claimed.every(([expected, actual]) => expected && actual && isEqual(expected, actual))
  if (claimed.length > 0 && matches) return { outcome: 'matches' }
  return refuse('digest_mismatch', 'The body is not the one that content-digest names.')
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}
