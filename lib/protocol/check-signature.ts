import { createHmac, timingSafeEqual, verify, type KeyObject } from 'node:crypto'
import { refuse } from './refuse'
import type { Refused, SignatureAlgorithm, VerificationKey } from './types'

/** A key of the general engine: HMAC under a secret `KeyObject` beside the protocol's own keys. */
export type SignatureKey = VerificationKey | { readonly alg: SignatureAlgorithm; readonly key: KeyObject }

type Result = { readonly outcome: 'valid' } | Refused<'signature_invalid' | 'algorithm_not_allowed'>

/**
 * Checks a signature or MAC over a signature base (RFC 9421 §3.3). The algorithm is the key's, never the message's
 * (§7.3.6): the caller has compared the two.
 *
 * @param base printable ASCII
 * @param signature of the length of the algorithm, see `readSignature`
 * @returns `valid`; `algorithm_not_allowed` when the key is not one of its algorithm
 */
export function checkSignature(base: string, signature: Buffer, key: SignatureKey): Result {
  if (!isKeyOfAlgorithm(key)) return refuse('algorithm_not_allowed', 'The key is not one of its algorithm.')
  if (isValid(base, signature, key)) return { outcome: 'valid' }
  return refuse('signature_invalid', 'The signature does not belong to this request and key.')
}

/** Says whether a key is one of its algorithm: RFC 9421 §7.3.6, and no public key's bytes as an HMAC secret. */
export function isKeyOfAlgorithm({ alg, key }: SignatureKey): boolean {
  // By shape: Next.js keeps several copies of a module, so `instanceof` could fail on a key of ours.
  if ('purpose' in key) return alg === 'hmac-sha256' && key.purpose === 'request'
  switch (alg) {
    case 'hmac-sha256':
      return key.type === 'secret'
    case 'ed25519':
      return key.asymmetricKeyType === 'ed25519'
    case 'ecdsa-p256-sha256':
      return key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1'
  }
}

function isValid(base: string, signature: Buffer, { alg, key }: SignatureKey): boolean {
  if ('purpose' in key) return isEqual(key.computeMac(base), signature)
  switch (alg) {
    case 'hmac-sha256':
      return isEqual(createHmac('sha256', key).update(base).digest(), signature)
    case 'ed25519':
      return signature.length === 64 && verify(null, Buffer.from(base), key, signature)
    case 'ecdsa-p256-sha256':
      return (
        signature.length === 64 && verify('sha256', Buffer.from(base), { key, dsaEncoding: 'ieee-p1363' }, signature)
      )
  }
}

/** Constant time; the length of a MAC is no secret, and a truncated one is none. */
function isEqual(expected: Buffer, actual: Buffer): boolean {
  return expected.length === actual.length && timingSafeEqual(expected, actual)
}
