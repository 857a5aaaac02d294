import { parseId } from '@/lib/domain/ids'
import { refuse, type Refusal } from '@/lib/domain/refusal'
import { deriveSharedSecret, parseMachineKeyid, parseSigningPublicJwk } from '@/lib/protocol'
import { decideRenewal } from './decide-renewal'
import {
  findMachineGeneration,
  isUniqueViolation,
  lockMachineGenerations,
  machineExists,
  replaceGeneration,
  type GenerationRow,
  type MachineRow,
} from './enrollment-store'
import type { ForkEvidence } from './fork-evidence'
import { findLastUse, findRecentUseAbove, findUseAbove, type UsedSequence } from './fork-store'
import type { MachineRequestDependencies, NumberedMachineRequest } from './machine-request'
import { machineStateRefusal } from './machine-state-refusal'
import { parseRenewalBody, type RenewalBody } from './parse-message-body'
import { readSignedMessage, signingVerificationKey, verifyMessageSignatureOf } from './read-signed-message'
import { recordFork } from './record-fork'
import { signMachineAnswer, type AnswerAddressee } from './sign-answer'

const expectedTags = { current: 'countersign-renew', next: 'countersign-renew-new' } as const

/** A renewal that the current and the next signing key have both signed. */
interface VerifiedRenewal {
  /** UUID. */
  readonly machineId: string
  readonly generation: number
  /** `YYYY-MM-DD` */
  readonly generationDay: string
  readonly body: RenewalBody
  readonly addressee: AnswerAddressee
}

type RenewalOutcome =
  | { outcome: 'renewed' | 'repeated'; machine: MachineRow; generation: GenerationRow }
  | { outcome: 'quarantined'; refusal: Refusal }
  | Refusal

/**
 * Replaces a machine's keys by the next ones (protocol.md, sections 7 and 8). The same next keys again get the same answer;
 * anything that only a second copy of the machine could have sent quarantines it.
 *
 * @param pathMachineId the id in the path, as received
 */
export async function renewMachine(
  dependencies: MachineRequestDependencies,
  request: NumberedMachineRequest,
  pathMachineId: string,
): Promise<{ outcome: 'done'; answer: string } | Refusal> {
  const verified = await verifyRenewal(dependencies, request, pathMachineId)
  if (verified.outcome === 'refused') return verified
  const { renewal } = verified
  const { prisma, keys, notices, now } = dependencies

  const generator = await keys.currentGenerator()
  const agreed = deriveSharedSecret(generator.privateKey, renewal.body.keys.agreement.key)
  if (agreed.outcome === 'refused') return refuse('request_malformed', `agreementKey: ${agreed.detail}`)
  const search = await findUseAbove(prisma, renewal, renewal.body.lastSeq)

  let result: RenewalOutcome
  try {
    result = await prisma.$transaction(async (tx): Promise<RenewalOutcome> => {
      const stands = await lockMachineGenerations(tx, renewal.machineId, renewal.generation)
      if (!stands?.signing) return refuse('machine_unknown', 'The machine is gone.')
      const { machine, signing, following } = stands
      const { lastSeq, reported, keys: nextKeys } = renewal.body
      const next = {
        signingJwk: nextKeys.signing.jwk,
        signingThumbprint: nextKeys.signing.thumbprint,
        agreementJwk: nextKeys.agreement.jwk,
        agreementThumbprint: nextKeys.agreement.thumbprint,
        generatorKid: generator.kid,
      }
      const instant = now()
      const decision = decideRenewal({ machine, signing, following }, next, instant)
      const quarantine = async (evidence: ForkEvidence): Promise<RenewalOutcome> => {
        const { deployment } = dependencies
        const fork = { machineId: machine.id, deploymentId: deployment.id, evidence, now: instant }
        const outcome = await recordFork(tx, { ...fork, requestId: request.requestId })
        return outcome === 'storm'
          ? refuse(
              'generation_conflict',
              'Two copies of this machine were seen, as of many others. An operator decides.',
            )
          : {
              outcome: 'quarantined',
              refusal: refuse(
                'machine_quarantined',
                'Two copies of this machine were seen. An operator has to look at both.',
              ),
            }
      }
      switch (decision.outcome) {
        case 'refused':
          return decision
        case 'repeat':
          return { outcome: 'repeated', machine, generation: decision.generation }
        case 'fork': {
          const lastUse = await findLastUse(tx, machine.id)
          return quarantine(renewedTwice(renewal, request, decision.supersededAt, lastUse, instant))
        }
        case 'renew': {
          const used = search.found ?? (await findRecentUseAbove(tx, renewal, lastSeq, search.searchedFrom))
          if (used) return quarantine(usedAbove(renewal, request, used, instant))
          const renewed = await replaceGeneration(tx, { machine, next, lastSeq, reported, now: instant })
          if (!renewed) return refuse('generation_conflict', 'Another renewal was faster.')
          return { outcome: 'renewed', ...renewed }
        }
      }
    })
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    return refuse('conflict', 'The next keys are known already. Make new ones.')
  }

  switch (result.outcome) {
    case 'refused':
      return result
    case 'quarantined':
      notices.publish('machines')
      dependencies.log.warn(
        { machine: pathMachineId, requestId: request.requestId },
        'two copies of a machine were seen',
      )
      return result.refusal
    case 'renewed':
      notices.publish('machines')
      return { outcome: 'done', answer: await signMachineAnswer(dependencies, 'renewal', result, renewal.addressee) }
    case 'repeated':
      return { outcome: 'done', answer: await signMachineAnswer(dependencies, 'renewal', result, renewal.addressee) }
  }
}

async function verifyRenewal(
  dependencies: MachineRequestDependencies,
  request: NumberedMachineRequest,
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
  return { outcome: 'verified', renewal: { machineId, generation: named.generation, generationDay, body, addressee } }
}

function renewedTwice(
  renewal: VerifiedRenewal,
  request: NumberedMachineRequest,
  supersededAt: Date | null,
  lastUse: { address: string | null; at: Date } | null,
  now: Date,
): ForkEvidence {
  const earlier = lastUse === null ? 'its successor has not been used' : `last use ${lastUse.at.toISOString()}`
  return {
    kind: 'generation_renewed_twice',
    generation: renewal.generation,
    sides: [
      {
        address: lastUse?.address ?? null,
        at: supersededAt?.toISOString() ?? null,
        detail: `it was renewed (${earlier})`,
      },
      { address: request.peerAddress, at: now.toISOString(), detail: 'it was asked to be renewed with other keys' },
    ],
  }
}

function usedAbove(
  renewal: VerifiedRenewal,
  request: NumberedMachineRequest,
  used: UsedSequence,
  now: Date,
): ForkEvidence {
  const { lastSeq } = renewal.body
  return {
    kind: 'sequence_above_last',
    generation: renewal.generation,
    sides: [
      { address: used.address, at: used.at.toISOString(), detail: `number ${used.seq} was used` },
      {
        address: request.peerAddress,
        at: now.toISOString(),
        detail: `the renewal says that ${lastSeq} is the highest`,
      },
    ],
  }
}
