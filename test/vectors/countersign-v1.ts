/** The worked example of the protocol as keys and options, for tests. Its private keys are published and belong to nobody. */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import {
  computeJwkThumbprint,
  deriveEpochKey,
  deriveSharedSecret,
  type CredentialProfile,
  type EpochKey,
  type EpochPurpose,
  type HttpField,
  type SharedSecret,
  type SigningKeyForRequests,
  type VerificationKey,
} from '@/lib/protocol'
import vectors from './countersign-v1.json'

export { vectors }

export const KEYID = `${vectors.machineId}.${vectors.generation}`
export const CREATED = vectors.created
export const AUTHORITY = 'orders.example'

/** Services' default of protocol section 4. */
export const PROFILE: CredentialProfile = {
  coveredFields: ['authorization', 'x-api-key', 'cookie'],
  allowEncodedSlash: false,
  allowPlainNonce: true,
}

type OkpVector = { kty: string; crv: string; x: string; d: string; thumbprint: string }

export function importPrivateKey({ kty, crv, x, d }: OkpVector): KeyObject {
  return createPrivateKey({ key: { kty, crv, x, d }, format: 'jwk' })
}

export const machineSigningKey = importPrivateKey(vectors.keys.machineSigning)
export const machineAgreementKey = importPrivateKey(vectors.keys.machineAgreement)
export const generatorKey = importPrivateKey(vectors.keys.generator)

/** P-256, as hardware would hold it: RFC 9421 appendix B.1.3. */
export const hardwareSigningKey = createPrivateKey({
  key: {
    kty: 'EC',
    crv: 'P-256',
    d: 'UpuF81l-kOxbjf7T4mNSv0r5tN67Gim7rnf6EFpcYDs',
    x: 'qIVYZVLCrPZHGHjP17CTW0_-D9Lfw0EkjqF7xB4FivA',
    y: 'Mc4nN9LTDOBhfoUeg8Ye9WedFRhnZXZJA12Qp0zZ6F0',
  },
  format: 'jwk',
})
export const hardwareThumbprint = computeJwkThumbprint({
  kty: 'EC',
  crv: 'P-256',
  x: 'qIVYZVLCrPZHGHjP17CTW0_-D9Lfw0EkjqF7xB4FivA',
  y: 'Mc4nN9LTDOBhfoUeg8Ye9WedFRhnZXZJA12Qp0zZ6F0',
})

export function agree(privateKey: KeyObject, publicKey: KeyObject): SharedSecret {
  const agreed = deriveSharedSecret(privateKey, publicKey)
  if (agreed.outcome !== 'derived') throw new Error(agreed.detail)
  return agreed.shared
}

export function epochKeyInput<Purpose extends EpochPurpose>(purpose: Purpose, epoch = vectors.epoch) {
  return {
    trustDomain: vectors.trustDomain,
    machineId: vectors.machineId,
    generation: vectors.generation,
    epoch,
    purpose,
    agreementThumbprint: vectors.keys.machineAgreement.thumbprint,
    generatorThumbprint: vectors.keys.generator.thumbprint,
  }
}

export function deriveVectorKey<Purpose extends EpochPurpose>(purpose: Purpose): EpochKey<Purpose> {
  const shared = agree(machineAgreementKey, createPublicKey(generatorKey))
  return deriveEpochKey({ shared, ...epochKeyInput(purpose) })
}

const requestKey = deriveVectorKey('request')

export const SIGNING_KEYS = {
  'hmac-sha256': { alg: 'hmac-sha256', key: requestKey },
  ed25519: { alg: 'ed25519', key: machineSigningKey },
  'ecdsa-p256-sha256': { alg: 'ecdsa-p256-sha256', key: hardwareSigningKey },
} as const satisfies Record<string, SigningKeyForRequests>

export const VERIFICATION_KEYS = {
  'hmac-sha256': SIGNING_KEYS['hmac-sha256'],
  ed25519: { alg: 'ed25519', key: createPublicKey(machineSigningKey) },
  'ecdsa-p256-sha256': { alg: 'ecdsa-p256-sha256', key: createPublicKey(hardwareSigningKey) },
} as const satisfies Record<string, VerificationKey>

export type VectorRequest = { method: string; target: string; headers: readonly HttpField[] }

/** A request of the vectors with its signature fields, as a verifier receives it. */
export function vectorRequest(index: 0 | 1 | 2): VectorRequest {
  const request = vectors.requests[index]
  if (request === undefined) throw new Error('The vectors hold three requests.')
  return {
    method: request.method,
    target: request.target,
    headers: [
      ...Object.entries(request.headers),
      ['Signature-Input', request.signatureInput],
      ['Signature', request.signature],
    ],
  }
}
