import { createPublicKey } from 'node:crypto'
import { decodeBase64url } from './base64'
import { readLittleEndian } from './check-ed25519-point'
import { computeJwkThumbprint } from './compute-jwk-thumbprint'
import { readJwkMembers } from './read-jwk-members'
import type { AgreementPublicJwk, ParsedPublicJwk, RefusedWithDetail } from './types'

/** RFC 7748 §4.1. */
const P = (1n << 255n) - 19n
/** The u of all points of small order on the curve and its twist: with them every result is zero (RFC 7748 §6.1). */
const SMALL_ORDER_U: ReadonlySet<bigint> = new Set([
  0n,
  1n,
  P - 1n,
  325606250916557431795983626356110631294008115727848805560023387167927233504n,
  39382357235489614581723060781553021112529911719440698176882885853963445705823n,
])

/**
 * Reads the public half of an X25519 key (RFC 8037 §2).
 *
 * @param untrusted any value, as parsed from JSON
 * @returns the key with exactly its own members, or a refusal: other types, private or unknown members, base64url in
 *   another spelling, a coordinate of 2^255 - 19 or more, a point of small order
 */
export function parseAgreementPublicJwk(untrusted: unknown): ParsedPublicJwk<AgreementPublicJwk> | RefusedWithDetail {
  const members = readJwkMembers(untrusted, ['kty', 'crv', 'x'])
  if (members.outcome === 'refused') return members
  const [kty, crv, x = ''] = members.values
  if (kty !== 'OKP' || crv !== 'X25519') return refused('An agreement key is X25519.')
  const bytes = decodeBase64url(x)
  if (bytes === undefined || bytes.length !== 32) return refused('The member x is not 32 bytes of base64url.')
  const u = readLittleEndian(bytes)
  // X25519 itself would reduce it: two thumbprints for one key.
  if (u >= P) return refused('The key is not in its canonical form.')
  if (SMALL_ORDER_U.has(u)) return refused('The key is a point of small order.')
  const jwk = { kty, crv, x } as const
  const key = createPublicKey({ key: { ...jwk }, format: 'jwk' })
  return { outcome: 'parsed', jwk, key, thumbprint: computeJwkThumbprint(jwk) }
}

function refused(detail: string): RefusedWithDetail {
  return { outcome: 'refused', detail }
}
