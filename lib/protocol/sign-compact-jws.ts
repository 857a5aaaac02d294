import { sign, type KeyObject } from 'node:crypto'

interface JwsInput {
  readonly typ: string
  /** The RFC 7638 thumbprint of the key. */
  readonly kid: string
  /** Whatever JSON can hold. */
  readonly claims: object
  readonly privateKey: KeyObject
}

/**
 * Signs claims with ES256 (RFC 7515 §7.1, RFC 7518 §3.4). The header holds exactly `alg`, `kid` and `typ`.
 *
 * @returns the compact serialization
 * @throws TypeError when the key is not P-256
 */
export function signCompactJws(input: JwsInput): string {
  const signingInput = makeSigningInput(input)
  return join(signingInput, sign('sha256', Buffer.from(signingInput), keyOf(input)))
}

function makeSigningInput({ typ, kid, claims, privateKey }: JwsInput): string {
  if (privateKey.asymmetricKeyDetails?.namedCurve !== 'prime256v1') throw new TypeError('ES256 needs a P-256 key.')
  return `${encodeJson({ alg: 'ES256', kid, typ })}.${encodeJson(claims)}`
}

function keyOf({ privateKey }: JwsInput) {
  return { key: privateKey, dsaEncoding: 'ieee-p1363' } as const
}

function join(signingInput: string, signature: Buffer): string {
  return `${signingInput}.${signature.toString('base64url')}`
}

function encodeJson(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
