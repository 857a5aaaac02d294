import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { computeJwkThumbprint, type AgreementPublicJwk, type SigningPublicJwk } from '@/lib/protocol'
import type { MasterKey } from './master-key'

/** Every deployment has one current key for each. */
export const deploymentKeyPurposes = ['assertion', 'generator', 'checkpoint', 'sealing'] as const

export type DeploymentKeyPurpose = (typeof deploymentKeyPurposes)[number]

/** A row of `deployment_key` before it is stored: the private half is sealed already. */
export interface SealedDeploymentKey {
  /** RFC 7638 thumbprint of the public half. */
  readonly kid: string
  readonly purpose: DeploymentKeyPurpose
  readonly publicJwk: DeploymentPublicJwk
  readonly ciphertext: Buffer
  readonly createdAt: Date
}

export type DeploymentPublicJwk = SigningPublicJwk | AgreementPublicJwk

/** Makes a key pair for one purpose (protocol.md, section 2: the table of keys) and seals its private half. */
export function makeDeploymentKey(
  purpose: DeploymentKeyPurpose,
  masterKey: MasterKey,
  createdAt: Date,
): SealedDeploymentKey {
  const pair = generatePair(purpose)
  const publicJwk = exportPublicJwk(pair.publicKey)
  const kid = computeJwkThumbprint(publicJwk)
  const plaintext = pair.privateKey.export({ format: 'der', type: 'pkcs8' })
  const ciphertext = masterKey.sealField(plaintext, { table: 'deployment_key', column: 'ciphertext', rowId: kid })
  plaintext.fill(0)
  return { kid, purpose, publicJwk, ciphertext, createdAt }
}

function generatePair(purpose: DeploymentKeyPurpose): { publicKey: KeyObject; privateKey: KeyObject } {
  switch (purpose) {
    case 'assertion':
      return generateKeyPairSync('ec', { namedCurve: 'P-256' })
    case 'checkpoint':
      return generateKeyPairSync('ed25519')
    case 'generator':
    case 'sealing':
      return generateKeyPairSync('x25519')
  }
}

function exportPublicJwk(key: KeyObject): DeploymentPublicJwk {
  const { kty, crv, x, y } = key.export({ format: 'jwk' })
  if (kty === 'EC' && crv === 'P-256' && x !== undefined && y !== undefined) return { kty, crv, x, y }
  if (kty === 'OKP' && crv === 'X25519' && x !== undefined) return { kty, crv, x }
  if (kty === 'OKP' && crv === 'Ed25519' && x !== undefined) return { kty, crv, x }
  throw new Error('node:crypto exported a key of another kind than it was asked for.')
}
