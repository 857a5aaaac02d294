import { constants, createHmac, timingSafeEqual, verify, type KeyObject } from 'node:crypto'
import type { MessageSignatureAlgorithm } from './types'

type Algorithm = {
  /** RFC 9421 §7.3.6: a key is used with its one algorithm, so no public key's bytes become a secret. */
  readonly isKey: (key: KeyObject) => boolean
  /** In bytes. */
  readonly signatureLength: (key: KeyObject) => number
  /** Of a key and a signature that passed the two above. */
  readonly verify: (base: Buffer, signature: Buffer, key: KeyObject) => boolean
}

/** NIST SP 800-131A: shorter ones are no longer secure. */
const MIN_MODULUS_BITS = 2_048
/** OpenSSL's work grows with the square of it, and the key of a message may be somebody else's choice. */
const MAX_MODULUS_BITS = 8_192
/** FIPS 186-5 §5.4: odd, and above 2^16. With 1 every text is its own signature. */
const MIN_PUBLIC_EXPONENT = BigInt(65_537)
/** RFC 9421 §3.3.1. */
const PSS_SALT_LENGTH = 64

/** The algorithms of RFC 9421 §3.3, over keys as `node:crypto` holds them. */
export const signatureAlgorithms: Readonly<Record<MessageSignatureAlgorithm, Algorithm>> = {
  'hmac-sha256': {
    // Without a secret anybody makes the MAC.
    isKey: (key) => key.type === 'secret' && (key.symmetricKeySize ?? 0) > 0,
    signatureLength: () => 32,
    verify: (base, signature, key) => timingSafeEqual(createHmac('sha256', key).update(base).digest(), signature),
  },
  ed25519: {
    isKey: (key) => key.asymmetricKeyType === 'ed25519',
    signatureLength: () => 64,
    verify: (base, signature, key) => verify(null, base, key, signature),
  },
  'ecdsa-p256-sha256': {
    isKey: (key) => isEcKeyOf(key, 'prime256v1'),
    signatureLength: () => 64,
    // RFC 9421 §3.3.4: r and s one behind the other, no DER.
    verify: (base, signature, key) => verify('sha256', base, { key, dsaEncoding: 'ieee-p1363' }, signature),
  },
  'ecdsa-p384-sha384': {
    isKey: (key) => isEcKeyOf(key, 'secp384r1'),
    signatureLength: () => 96,
    verify: (base, signature, key) => verify('sha384', base, { key, dsaEncoding: 'ieee-p1363' }, signature),
  },
  'rsa-pss-sha512': {
    isKey: (key) => isSoundRsaKey(key) && (key.asymmetricKeyType === 'rsa' || allowsPssSha512(key)),
    signatureLength: readModulusLength,
    verify: (base, signature, key) =>
      verify('sha512', base, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: PSS_SALT_LENGTH }, signature),
  },
  'rsa-v1_5-sha256': {
    isKey: (key) => isSoundRsaKey(key) && key.asymmetricKeyType === 'rsa',
    signatureLength: readModulusLength,
    verify: (base, signature, key) => verify('sha256', base, { key, padding: constants.RSA_PKCS1_PADDING }, signature),
  },
}

export function isMessageSignatureAlgorithm(name: string): name is MessageSignatureAlgorithm {
  return Object.hasOwn(signatureAlgorithms, name)
}

function isEcKeyOf(key: KeyObject, namedCurve: string): boolean {
  return key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === namedCurve
}

function isSoundRsaKey(key: KeyObject): boolean {
  const { modulusLength = 0, publicExponent = BigInt(0) } = key.asymmetricKeyDetails ?? {}
  const isStrong = modulusLength >= MIN_MODULUS_BITS && modulusLength <= MAX_MODULUS_BITS
  return isStrong && publicExponent >= MIN_PUBLIC_EXPONENT && publicExponent % BigInt(2) === BigInt(1)
}

/** RFC 4055 §3.1: a key for PSS alone may name the hashes, and the shortest salt, that it is for. */
function allowsPssSha512(key: KeyObject): boolean {
  const { hashAlgorithm, mgf1HashAlgorithm, saltLength } = key.asymmetricKeyDetails ?? {}
  if (key.asymmetricKeyType !== 'rsa-pss') return false
  return [hashAlgorithm ?? 'sha512', mgf1HashAlgorithm ?? 'sha512'].every((name) => name === 'sha512')
    ? (saltLength ?? 0) <= PSS_SALT_LENGTH
    : false
}

function readModulusLength(key: KeyObject): number {
  return Math.ceil((key.asymmetricKeyDetails?.modulusLength ?? 0) / 8)
}
