import { createPublicKey, type KeyObject } from 'node:crypto'
import { decodeBase64url } from './base64'
import { checkEd25519Point } from './check-ed25519-point'
import { computeJwkThumbprint } from './compute-jwk-thumbprint'
import { readJwkMembers } from './read-jwk-members'
import type { ParsedPublicJwk, RefusedWithDetail, SigningPublicJwk } from './types'

type Result = ParsedPublicJwk<SigningPublicJwk> | RefusedWithDetail

/**
 * Reads the public half of a machine's signing key: Ed25519 (RFC 8037 §2) or P-256 (RFC 7518 §6.2).
 *
 * @param untrusted any value, as parsed from JSON
 * @returns the key with exactly its own members, or a refusal: other types, private or unknown members, base64url in
 *   another spelling, a point off the curve or (Ed25519) of small order
 */
export function parseSigningPublicJwk(untrusted: unknown): Result {
  const isEc = typeof untrusted === 'object' && untrusted !== null && 'kty' in untrusted && untrusted.kty === 'EC'
  return isEc ? parseP256(untrusted) : parseEd25519(untrusted)
}

function parseEd25519(untrusted: unknown): Result {
  const members = readJwkMembers(untrusted, ['kty', 'crv', 'x'])
  if (members.outcome === 'refused') return members
  const [kty, crv, x = ''] = members.values
  if (kty !== 'OKP' || crv !== 'Ed25519') return refused('A signing key is Ed25519 or P-256.')
  const point = decodeBase64url(x)
  if (point === undefined || point.length !== 32) return refused('The member x is not 32 bytes of base64url.')
  if (checkEd25519Point(point) !== 'valid') return refused('The key is not a usable point of Ed25519.')
  return finish({ kty, crv, x })
}

function parseP256(untrusted: unknown): Result {
  const members = readJwkMembers(untrusted, ['kty', 'crv', 'x', 'y'])
  if (members.outcome === 'refused') return members
  const [kty, crv, x = '', y = ''] = members.values
  if (kty !== 'EC' || crv !== 'P-256') return refused('A signing key is Ed25519 or P-256.')
  // RFC 7518 §6.2.1.2: coordinates have the full size of the field.
  if (decodeBase64url(x)?.length !== 32 || decodeBase64url(y)?.length !== 32) {
    return refused('The members x and y are not 32 bytes of base64url each.')
  }
  return finish({ kty, crv, x, y })
}

function finish(jwk: SigningPublicJwk): Result {
  let key: KeyObject
  try {
    // OpenSSL checks that a P-256 point is on the curve and not at infinity.
    key = createPublicKey({ key: { ...jwk }, format: 'jwk' })
  } catch {
    return refused('The key is not a point of its curve.')
  }
  return { outcome: 'parsed', jwk, key, thumbprint: computeJwkThumbprint(jwk) }
}

function refused(detail: string): RefusedWithDetail {
  return { outcome: 'refused', detail }
}
