import { timingSafeEqual, type KeyObject } from 'node:crypto'
import { refuse } from './refuse'
import { signatureAlgorithms } from './signature-algorithms'
import type { MessageSignatureAlgorithm, Refused, VerificationKey } from './types'

/** A key of the general engine beside the protocol's own: any algorithm, and HMAC under a secret `KeyObject`. */
export type SignatureKey = VerificationKey | { readonly alg: MessageSignatureAlgorithm; readonly key: KeyObject }

type Result = { readonly outcome: 'valid' } | Refused<'signature_invalid' | 'algorithm_not_allowed'>

/**
 * Checks a signature or MAC over a signature base (RFC 9421 §3.3). The algorithm is the key's, never the message's
 * (§7.3.6): the caller has compared the two.
 *
 * @param base printable ASCII
 * @param signature decoded
 * @returns `valid`; `algorithm_not_allowed` when the key is not one of its algorithm
 */
export function checkSignature(base: string, signature: Buffer, key: SignatureKey): Result {
  if (!isKeyOfAlgorithm(key)) return refuse('algorithm_not_allowed', 'The key is not one of its algorithm.')
  if (isValid(base, signature, key)) return { outcome: 'valid' }
  return refuse('signature_invalid', 'The signature does not belong to this message and key.')
}

/** Says whether a key is one of its algorithm: RFC 9421 §7.3.6, and no public key's bytes as an HMAC secret. */
export function isKeyOfAlgorithm({ alg, key }: SignatureKey): boolean {
  // By shape: Next.js keeps several copies of a module, so `instanceof` could fail on a key of ours.
  if ('purpose' in key) return alg === 'hmac-sha256' && key.purpose === 'request'
  return signatureAlgorithms[alg].isKey(key)
}

/** Constant time; the length of a MAC is no secret, and a truncated one is none. */
function isValid(base: string, signature: Buffer, { alg, key }: SignatureKey): boolean {
  if ('purpose' in key) {
    const expected = key.computeMac(base)
    return expected.length === signature.length && timingSafeEqual(expected, signature)
  }
  const algorithm = signatureAlgorithms[alg]
  return signature.length === algorithm.signatureLength(key) && algorithm.verify(Buffer.from(base), signature, key)
}
