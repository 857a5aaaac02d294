import { decodeBase64 } from './base64'
import type { SignatureAlgorithm } from './types'

const LENGTHS: Readonly<Record<SignatureAlgorithm, number>> = {
  'hmac-sha256': 32,
  ed25519: 64,
  'ecdsa-p256-sha256': 64,
}
/** FIPS 186-5 / SEC 2: the order of P-256, and its half. */
export const P256_ORDER = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551')
const P256_ORDER_BYTES = Buffer.from(P256_ORDER.toString(16), 'hex')
const P256_HALF_ORDER_BYTES = Buffer.from((P256_ORDER >> 1n).toString(16).padStart(64, '0'), 'hex')
const ZERO = Buffer.alloc(32)

export function isSignatureAlgorithm(name: unknown): name is SignatureAlgorithm {
  return typeof name === 'string' && Object.hasOwn(LENGTHS, name)
}

/**
 * Decodes a member of `Signature` without leniency.
 *
 * @param text `:…:`
 * @returns the bytes, or `undefined` for parameters and any other spelling
 */
export function decodeSignature(text: string): Buffer | undefined {
  const isBare = text.length >= 2 && text.startsWith(':') && text.indexOf(':', 1) === text.length - 1
  return isBare ? decodeBase64(text.slice(1, -1)) : undefined
}

/**
 * The same for the algorithms of the profile, with the one spelling that each signature has there. RFC 9421 does not
 * ask for the lower s of ECDSA, the profile does (protocol section 4: else anybody makes a second valid signature of a
 * first).
 *
 * @returns the bytes, or what is wrong: spelling, parameters, length, and for ECDSA r or s out of range
 */
export function readSignature(text: string, alg: SignatureAlgorithm): Buffer | string {
  const signature = decodeSignature(text)
  if (signature === undefined) return 'The signature is not a bare byte sequence in canonical base64.'
  if (signature.length !== LENGTHS[alg]) return 'The signature does not have the length of its algorithm.'
  if (alg === 'ecdsa-p256-sha256' && !isLowS(signature)) return 'The ECDSA signature is out of range or has a high s.'
  return signature
}

/** @param signature r and s, 32 bytes each (RFC 9421 §3.3.4) */
export function isLowS(signature: Buffer): boolean {
  const r = signature.subarray(0, 32)
  const s = signature.subarray(32)
  const isInRange = !r.equals(ZERO) && !s.equals(ZERO) && r.compare(P256_ORDER_BYTES) < 0
  return isInRange && s.compare(P256_HALF_ORDER_BYTES) <= 0
}
