import { hash } from 'node:crypto'
import type { AgreementPublicJwk, SigningPublicJwk } from './types'

/**
 * RFC 7638 §3: SHA-256 over the required members in lexicographic order, without whitespace.
 *
 * @param jwk a parsed public key; further members are ignored
 * @returns base64url, 43 characters
 */
export function computeJwkThumbprint(jwk: SigningPublicJwk | AgreementPublicJwk): string {
  const members =
    jwk.kty === 'EC' ? { crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y } : { crv: jwk.crv, kty: jwk.kty, x: jwk.x }
  return hash('sha256', JSON.stringify(members), 'base64url')
}
