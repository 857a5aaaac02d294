import { sign } from 'node:crypto'
import { isKeyOfAlgorithm } from './check-signature'
import { P256_ORDER } from './read-signature'
import type { SigningKeyForRequests } from './types'

/**
 * Signs a signature base (RFC 9421 §3.3).
 *
 * @param base printable ASCII
 * @param signer with the private half, or the epoch key
 * @returns 32 bytes of HMAC, or 64 of Ed25519, or r and s of ECDSA with s at most half of the order
 * @throws TypeError when the key is not one of its algorithm
 */
export function signSignatureBase(base: string, signer: SigningKeyForRequests): Buffer {
  if (!isKeyOfAlgorithm(signer)) throw new TypeError('The key is not one of its algorithm.')
  switch (signer.alg) {
    case 'hmac-sha256':
      return signer.key.computeMac(base)
    case 'ed25519':
      return sign(null, Buffer.from(base), signer.key)
    case 'ecdsa-p256-sha256':
      return lowerS(sign('sha256', Buffer.from(base), { key: signer.key, dsaEncoding: 'ieee-p1363' }))
  }
}

/** With (r, s) also (r, n - s) is valid; the profile takes the lower one only. */
function lowerS(signature: Buffer): Buffer {
  const s = BigInt(`0x${signature.toString('hex', 32)}`)
  if (s <= P256_ORDER >> 1n) return signature
  const lowered = Buffer.from((P256_ORDER - s).toString(16).padStart(64, '0'), 'hex')
  return Buffer.concat([signature.subarray(0, 32), lowered])
}
