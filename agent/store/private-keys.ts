import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { AgreementPublicJwk, SigningPublicJwk } from '@/lib/protocol'
import type { PrivateJwk } from './machine-state'

/** A new key pair, made on this machine; `X25519` agrees, `Ed25519` signs. */
export function generatePrivateKey(curve: 'Ed25519' | 'X25519'): KeyObject {
  return curve === 'Ed25519' ? generateKeyPairSync('ed25519').privateKey : generateKeyPairSync('x25519').privateKey
}

export function exportPrivateJwk(key: KeyObject): PrivateJwk {
  const { kty, crv, x, d } = key.export({ format: 'jwk' })
  return { kty, crv, x, d } as PrivateJwk
}

export function importPrivateJwk(jwk: PrivateJwk): KeyObject {
  return createPrivateKey({ key: { ...jwk }, format: 'jwk' })
}

export function exportSigningPublicJwk(key: KeyObject): SigningPublicJwk {
  const { kty, crv, x } = createPublicKey(key).export({ format: 'jwk' })
  return { kty, crv, x } as SigningPublicJwk
}

export function exportAgreementPublicJwk(key: KeyObject): AgreementPublicJwk {
  const { kty, crv, x } = createPublicKey(key).export({ format: 'jwk' })
  return { kty, crv, x } as AgreementPublicJwk
}
