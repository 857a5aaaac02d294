import { sign, type KeyObject } from 'node:crypto'

/**
 * Signs claims with ES256 (RFC 7515 §7.1, RFC 7518 §3.4). The header holds exactly `alg`, `kid` and `typ`.
 *
 * @param input `kid` the RFC 7638 thumbprint of the key, `claims` whatever JSON can hold
 * @returns the compact serialization
 * @throws TypeError when the key is not P-256
 */
export function signCompactJws(input: {
  readonly typ: string
  readonly kid: string
  readonly claims: object
  readonly privateKey: KeyObject
}): string {
  if (input.privateKey.asymmetricKeyDetails?.namedCurve !== 'prime256v1')
    throw new TypeError('ES256 needs a P-256 key.')
  const header = encodeJson({ alg: 'ES256', kid: input.kid, typ: input.typ })
  const signingInput = `${header}.${encodeJson(input.claims)}`
  const key = { key: input.privateKey, dsaEncoding: 'ieee-p1363' } as const
  return `${signingInput}.${sign('sha256', Buffer.from(signingInput), key).toString('base64url')}`
}

function encodeJson(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
