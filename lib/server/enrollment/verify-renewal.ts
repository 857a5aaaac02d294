import { parseId } from '@/lib/domain/ids'
import { refuse, type Refusal } from '@/lib/domain/refusal'
import { parseMachineKeyid, parseSigningPublicJwk } from '@/lib/protocol'
import { findMachineGeneration, machineExists } from './enrollment-store'
import type { MachineRequest, MachineRequestDependencies } from './machine-request'
import { machineStateRefusal } from './machine-state-refusal'
import { parseRenewalBody, type RenewalBody } from './parse-message-body'
import { readSignedMessage, signingVerificationKey, verifyMessageSignatureOf } from './read-signed-message'
import type { AnswerAddressee } from './sign-answer'

const expectedTags = { current: 'countersign-renew', next: 'countersign-renew-new' } as const

/** A renewal that the current and the next signing key have both signed. */
export interface VerifiedRenewal {
  /** UUID. */
  readonly machineId: string
  readonly generation: number
  /** `YYYY-MM-DD` */
  readonly generationDay: string
  readonly isCurrent: boolean
  readonly body: RenewalBody
  readonly addressee: AnswerAddressee
}

/** Freshness, form, signatures and state of a renewal, in this order; its generation is looked at under the machine's lock. */
export async function verifyRenewal(
  dependencies: MachineRequestDependencies,
  request: MachineRequest,
  pathMachineId: string,
): Promise<{ outcome: 'verified'; renewal: VerifiedRenewal } | Refusal> {
  const { prisma, attempts, now } = dependencies
  const read = readSignedMessage(request, expectedTags, now())
  if (read.outcome === 'refused') return read
  const { current, next } = read.signatures
  const parsed = parseRenewalBody(request.body)
  if (parsed.outcome === 'refused') return parsed
  const { body } = parsed
  const named = parseMachineKeyid(current.keyid)
  const machineId = parseId('mach', pathMachineId)
  if (
    !named ||
    machineId === null ||
    named.machineId !== pathMachineId ||
    next.keyid !== body.keys.signing.thumbprint
  ) {
    return refuse('request_malformed', 'A keyid does not name the machine of the path or the key of the body.')
  }

  if (!attempts.take(request.peerAddress)) {
    return refuse('overloaded', 'Too many messages from this address did not hold. Try again later.')
  }
  const found = await findMachineGeneration(prisma, machineId, named.generation)
  if (!found) {
    return (await machineExists(prisma, machineId))
      ? refuse('generation_conflict', 'The machine has no such generation.')
      : refuse('machine_unknown', 'No machine of this deployment has this id.')
  }
  const signing = parseSigningPublicJwk(found.generation.signingJwk)
  if (signing.outcome === 'refused') throw new Error(`Generation ${current.keyid} has no readable signing key.`)
  const byCurrent = verifyMessageSignatureOf(request, current, signingVerificationKey(signing))
  if (byCurrent.outcome === 'refused') return byCurrent
  const byNext = verifyMessageSignatureOf(request, next, signingVerificationKey(body.keys.signing))
  if (byNext.outcome === 'refused') return byNext
  attempts.giveBack(request.peerAddress)

  const refused = machineStateRefusal(found.machine, now())
  if (refused) return refused
  // The machine's record says how it signs requests; a key that hardware held is never followed by one that a file holds.
  if (signing.jwk.kty !== body.keys.signing.jwk.kty) {
    return refuse('algorithm_not_allowed', 'The next signing key is of another kind than the current one.')
  }
  const generationDay = found.generation.day.toISOString().slice(0, 10)
  const addressee = { aud: body.keys.signing.thumbprint, nonce: current.nonce }
  const { generation } = named
  const isCurrent = found.machine.generation === generation
  return { outcome: 'verified', renewal: { machineId, generation, generationDay, isCurrent, body, addressee } }
}
