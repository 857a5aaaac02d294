import { createPublicKey, type KeyObject } from 'node:crypto'
import { parseId } from '@/lib/domain/ids'
import { refuse, type Refusal } from '@/lib/domain/refusal'
import { deriveEpochKey, deriveSharedSecret, epochOf, verifyAgreementProof } from '@/lib/protocol'
import type { GeneratorKey } from '../keys/deployment-keys'
import { findJoinToken } from './enrollment-store'
import type { MachineRequest, MachineRequestDependencies } from './machine-request'
import { parseEnrollmentBody, type EnrollmentBody } from './parse-message-body'
import { readSignedMessage, signingVerificationKey, verifyMessageSignatureOf } from './read-signed-message'
import type { AnswerAddressee } from './sign-answer'

const expectedTags = { machine: 'countersign-enroll', join: 'countersign-enroll-join' } as const

/** A generator is replaced after 24 h; an enrolment that was offered the old one has an hour to arrive. */
const generatorMaxAgeMs = 25 * 60 * 60 * 1000

/** An enrolment whose two signatures and agreement proof hold. */
export interface VerifiedEnrollment {
  /** UUID. */
  readonly machineId: string
  /** UUID. */
  readonly joinTokenId: string
  readonly body: EnrollmentBody
  /** What people will see: its own word, or its host's name, or its id. */
  readonly name: string
  readonly addressee: AnswerAddressee
}

/** Freshness, form, signatures and agreement proof of an enrolment, in this order. */
export async function verifyEnrollment(
  dependencies: MachineRequestDependencies,
  request: MachineRequest,
): Promise<{ outcome: 'verified'; enrollment: VerifiedEnrollment } | Refusal> {
  const { prisma, keys, deployment, attempts, now } = dependencies
  const read = readSignedMessage(request, expectedTags, now())
  if (read.outcome === 'refused') return read
  const { machine, join } = read.signatures
  const parsed = parseEnrollmentBody(request.body)
  if (parsed.outcome === 'refused') return parsed
  const { body } = parsed
  const { signing, agreement } = body.keys
  const machineId = parseId('mach', body.machineId)
  const joinTokenId = parseId('join', body.evidence.joinTokenId)
  if (machineId === null || joinTokenId === null) {
    return refuse('request_malformed', 'machineId or joinTokenId is not an id.')
  }
  if (machine.keyid !== signing.thumbprint || join.keyid !== body.evidence.joinTokenId) {
    return refuse('request_malformed', 'A keyid does not name the key that the body names.')
  }

  if (!attempts.take(request.peerAddress)) {
    return refuse('overloaded', 'Too many messages from this address did not hold. Try again later.')
  }
  const own = verifyMessageSignatureOf(request, machine, signingVerificationKey(signing))
  if (own.outcome === 'refused') return own
  const token = await findJoinToken(prisma, joinTokenId)
  // An unknown token costs the same work and gets the same answer as a signature that does not hold.
  const joinKey = ed25519PublicKey(token?.publicKey ?? nobodysPublicKey)
  const joined = verifyMessageSignatureOf(request, join, { alg: 'ed25519', key: joinKey })
  if (!token || joined.outcome === 'refused') {
    return refuse('join_token_invalid', 'The message is not signed with a join token of this deployment.')
  }

  const generator = await keys.findGenerator(body.generatorKid)
  if (!generator || !isRecent(generator, now())) {
    return refuse('conflict', 'The generator key is not the current one. Ask for the parameters again.')
  }
  const agreed = deriveSharedSecret(generator.privateKey, agreement.key)
  if (agreed.outcome === 'refused') return refuse('request_malformed', `agreementKey: ${agreed.detail}`)
  const epochKey = deriveEpochKey({
    shared: agreed.shared,
    trustDomain: deployment.trustDomain,
    machineId: body.machineId,
    generation: 1,
    epoch: epochOf(machine.created),
    purpose: 'enroll',
    agreementThumbprint: agreement.thumbprint,
    generatorThumbprint: generator.kid,
  })
  const proof = verifyAgreementProof(body.agreementProof, {
    epochKey,
    machineId: body.machineId,
    signingThumbprint: signing.thumbprint,
    agreementThumbprint: agreement.thumbprint,
    created: machine.created,
  })
  if (proof.outcome === 'refused') return refuse('enrollment_signature_invalid', proof.detail)
  attempts.giveBack(request.peerAddress)
  // A cut may leave half a character, which no table can hold.
  const hostname = body.reported?.hostname?.slice(0, 255).replace(/\p{Cs}$/u, '')
  const name = body.name ?? (hostname || body.machineId)
  const addressee = { aud: signing.thumbprint, nonce: machine.nonce }
  return { outcome: 'verified', enrollment: { machineId, joinTokenId, body, name, addressee } }
}

function isRecent(generator: GeneratorKey, now: Date): boolean {
  return now.getTime() - generator.createdAt.getTime() < generatorMaxAgeMs
}

/** RFC 8032, section 7.1, test 1: a key that everybody can sign with, so what it verifies is never believed. */
const nobodysPublicKey = Buffer.from('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', 'hex')

function ed25519PublicKey(bytes: Uint8Array): KeyObject {
  const x = Buffer.from(bytes).toString('base64url')
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
}
