import { diffieHellman, timingSafeEqual, type KeyObject } from 'node:crypto'
import { SharedSecret } from './secret-keys'
import type { RefusedWithDetail } from './types'

const ALL_ZERO = Buffer.alloc(32)

/**
 * X25519 between one side's private and the other's public key (RFC 7748 §5), protocol section 3.
 *
 * @returns the secret, or a refusal when a key is not X25519 or the result is all zero (RFC 7748 §6.1)
 */
export function deriveSharedSecret(
  privateKey: KeyObject,
  publicKey: KeyObject,
): { outcome: 'derived'; shared: SharedSecret } | RefusedWithDetail {
  if (privateKey.asymmetricKeyType !== 'x25519' || publicKey.asymmetricKeyType !== 'x25519') {
    return { outcome: 'refused', detail: 'An agreement needs two X25519 keys.' }
  }
  let bytes: Buffer
  try {
    bytes = diffieHellman({ privateKey, publicKey })
  } catch {
    // OpenSSL refuses the all-zero result itself; the check below stays for builds that do not.
    return { outcome: 'refused', detail: 'The two keys have no agreement.' }
  }
  if (bytes.length !== 32 || timingSafeEqual(bytes, ALL_ZERO)) {
    return { outcome: 'refused', detail: 'The two keys have no agreement.' }
  }
  return { outcome: 'derived', shared: new SharedSecret(bytes) }
}
