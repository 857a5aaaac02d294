import { createPublicKey, type KeyObject } from 'node:crypto'
import { formatId, parseId } from '@/lib/domain/ids'
import { refuse, type Refusal } from '@/lib/domain/refusal'
import { deriveEpochKey, deriveSharedSecret, epochOf, verifyAgreementProof } from '@/lib/protocol'
import type { GeneratorKey } from '../keys/deployment-keys'
import { recordAuditEvent } from './audit-event-store'
import {
  createMachineWithToken,
  findJoinToken,
  isUniqueViolation,
  type JoinTokenRow,
  type NewGeneration,
  type NewMachine,
} from './enrollment-store'
import { findEarlierEnrollment } from './find-earlier-enrollment'
import type { MachineRequestDependencies, NumberedMachineRequest } from './machine-request'
import { parseEnrollmentBody, type EnrollmentBody } from './parse-message-body'
import { readSignedMessage, signingVerificationKey, verifyMessageSignatureOf } from './read-signed-message'
import { signMachineAnswer, type AnswerAddressee } from './sign-answer'

/** An id was offered, a key pair was made, a token was read: minutes, not hours. */
const machineIdMaxAgeMs = 10 * 60 * 1000
/** A generator is replaced after 24 h; an enrolment that was offered the old one has an hour to arrive. */
const generatorMaxAgeMs = 25 * 60 * 60 * 1000

const expectedTags = { machine: 'countersign-enroll', join: 'countersign-enroll-join' } as const

/** An enrolment whose two signatures and agreement proof hold. */
interface VerifiedEnrollment {
  /** UUID. */
  readonly machineId: string
  /** UUID. */
  readonly joinTokenId: string
  readonly token: JoinTokenRow
  readonly body: EnrollmentBody
  readonly name: string
  readonly addressee: AnswerAddressee
}

/**
 * Lets a machine in by join token (protocol.md, section 7). The same keys again get the same answer, so that a lost answer
 * costs nothing and a replay makes nothing.
 */
export async function enrollMachine(
  dependencies: MachineRequestDependencies,
  request: NumberedMachineRequest,
): Promise<{ outcome: 'done'; status: 200 | 201; answer: string } | Refusal> {
  const verified = await verifyEnrollment(dependencies, request)
  if (verified.outcome === 'refused') return verified
  const { enrollment } = verified
  const now = dependencies.now()

  const earlier = await answerEarlier(dependencies, enrollment)
  if (earlier) return earlier
  // UUIDv7: the first 48 bits are milliseconds since 1970 (RFC 9562, section 5.7).
  const offeredAtMs = Number.parseInt(enrollment.machineId.replace('-', '').slice(0, 12), 16)
  if (enrollment.machineId[14] !== '7' || Math.abs(now.getTime() - offeredAtMs) > machineIdMaxAgeMs) {
    return refuse(
      'conflict',
      'The machine id was not offered within the last ten minutes. Ask for the parameters again.',
    )
  }

  const { prisma, notices } = dependencies
  const { machine, generation } = newRows(enrollment, request.peerAddress)
  try {
    const created = await prisma.$transaction(async (tx) => {
      const made = await createMachineWithToken(tx, machine, generation, now)
      if (!made) return null
      const id = formatId('mach', machine.id)
      await recordAuditEvent(tx, {
        action: 'machine.enroll',
        actor: { type: 'machine', id, name: machine.name },
        target: { id, name: machine.name },
        detail: {
          joinToken: formatId('join', machine.joinTokenId),
          address: request.peerAddress,
          signingKey: generation.signingThumbprint,
          requestAlgorithm: machine.requestAlgorithm,
        },
        requestId: request.requestId,
      })
      return made
    })
    if (created) {
      notices.publish('machines')
      const answer = await signMachineAnswer(dependencies, 'enrollment', created, enrollment.addressee)
      return { outcome: 'done', status: 201, answer }
    }
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
  }
  // Nothing was made: the same message may have been faster, in parallel with this one.
  const faster = await answerEarlier(dependencies, enrollment)
  return faster ?? tokenRefusal(await findJoinToken(prisma, enrollment.joinTokenId), now)
}

async function verifyEnrollment(
  dependencies: MachineRequestDependencies,
  request: NumberedMachineRequest,
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
  const name = body.name ?? body.reported?.hostname?.slice(0, 255) ?? body.machineId
  const addressee = { aud: signing.thumbprint, nonce: machine.nonce }
  return { outcome: 'verified', enrollment: { machineId, joinTokenId, token, body, name, addressee } }
}

async function answerEarlier(dependencies: MachineRequestDependencies, enrollment: VerifiedEnrollment) {
  const { machineId, joinTokenId, name, body, addressee } = enrollment
  const wanted = { machineId, joinTokenId, name, generatorKid: body.generatorKid, keys: body.keys }
  const earlier = await findEarlierEnrollment(dependencies, wanted)
  if (earlier.outcome !== 'found') return earlier.outcome === 'none' ? null : earlier
  const answer = await signMachineAnswer(dependencies, 'enrollment', earlier, addressee)
  return { outcome: 'done', status: 200, answer } as const
}

function newRows(
  enrollment: VerifiedEnrollment,
  peerAddress: string,
): { machine: NewMachine; generation: NewGeneration } {
  const { machineId, joinTokenId, name, body } = enrollment
  const { signing, agreement } = body.keys
  return {
    machine: {
      id: machineId,
      name,
      reported: body.reported ?? {},
      // Protocol.md, section 4: a signing key that hardware holds signs requests itself.
      requestAlgorithm: signing.jwk.kty === 'EC' ? 'ecdsa-p256-sha256' : 'hmac-sha256',
      enrolledFrom: peerAddress,
      joinTokenId,
    },
    generation: {
      signingJwk: signing.jwk,
      signingThumbprint: signing.thumbprint,
      agreementJwk: agreement.jwk,
      agreementThumbprint: agreement.thumbprint,
      generatorKid: body.generatorKid,
    },
  }
}

/** Said only to a caller that holds the token. */
function tokenRefusal(token: JoinTokenRow | null, now: Date): Refusal {
  if (!token) return refuse('join_token_invalid', 'The join token is gone.')
  if (token.revokedAt !== null) return refuse('join_token_expired', 'The join token was revoked.')
  if (token.expiresAt <= now) return refuse('join_token_expired', 'The join token has expired.')
  if (token.usesTaken >= token.usesAllowed) return refuse('join_token_used', 'No use of the join token is left.')
  return refuse('conflict', 'The machine id is taken. Ask for the parameters again.')
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
