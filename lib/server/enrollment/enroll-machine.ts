import { formatId } from '@/lib/domain/ids'
import { refuse, type Refusal } from '@/lib/domain/refusal'
import { insertAuditEvent } from '../audit/audit-store'
import { findDatabaseErrorCode } from '../audit/database-error'
import { runChange } from '../audit/run-change'
import {
  createMachineWithToken,
  findJoinToken,
  type JoinTokenRow,
  type NewGeneration,
  type NewMachine,
} from './enrollment-store'
import { findEarlierEnrollment } from './find-earlier-enrollment'
import type { MachineRequestDependencies, NumberedMachineRequest } from './machine-request'
import { signMachineAnswer } from './sign-answer'
import { verifyEnrollment, type VerifiedEnrollment } from './verify-enrollment'

/** An id was offered, a key pair was made, a token was read: minutes, not hours. */
const machineIdMaxAgeMs = 10 * 60 * 1000

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

  const { prisma } = dependencies
  const { machine, generation } = newRows(enrollment, request.peerAddress)
  try {
    const created = await runChange(dependencies, [], async (tx) => {
      const made = await createMachineWithToken(tx, machine, generation, now)
      if (!made) return null
      const id = formatId('mach', machine.id)
      await insertAuditEvent(tx, {
        action: 'machine.enroll',
        actor: { type: 'machine', id, name: machine.name },
        target: { id, name: machine.name },
        detail: {
          joinToken: formatId('join', machine.joinTokenId),
          signingKey: generation.signingThumbprint,
          requestAlgorithm: machine.requestAlgorithm,
        },
        address: request.peerAddress,
        requestId: request.requestId,
        at: now,
      })
      return made
    })
    if (created) {
      const answer = await signMachineAnswer(dependencies, 'enrollment', created, enrollment.addressee)
      return { outcome: 'done', status: 201, answer }
    }
  } catch (error) {
    if (findDatabaseErrorCode(error) !== 'unique_violation') throw error
  }
  // Nothing was made: the same message may have been faster, in parallel with this one.
  const faster = await answerEarlier(dependencies, enrollment)
  return faster ?? tokenRefusal(await findJoinToken(prisma, enrollment.joinTokenId), now)
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
