import { parseId } from '@/lib/domain/ids'
import { refuse, type Refusal } from '@/lib/domain/refusal'
import { parseMachineKeyid, parseSigningPublicJwk } from '@/lib/protocol'
import { findMachineGeneration } from './enrollment-store'
import type { MachineRequestDependencies, NumberedMachineRequest } from './machine-request'
import { machineStateRefusal } from './machine-state-refusal'
import { parseServiceListBody } from './parse-message-body'
import { readSignedMessage, signingVerificationKey, verifyMessageSignatureOf } from './read-signed-message'
import { listServicesForAnswer, signAnswer } from './sign-answer'

/** As in the decision statement: the generation before goes on for two minutes after a renewal. */
const graceMs = 2 * 60 * 1000

/** Tells a machine the authorities and covered fields of the services, between its renewals (protocol.md, section 7). */
export async function listMachineServices(
  dependencies: MachineRequestDependencies,
  request: NumberedMachineRequest,
  pathMachineId: string,
): Promise<{ outcome: 'done'; answer: string } | Refusal> {
  const { prisma, attempts, now } = dependencies
  const read = readSignedMessage(request, { machine: 'countersign-services' }, now())
  if (read.outcome === 'refused') return read
  const { machine: signature } = read.signatures
  const parsed = parseServiceListBody(request.body)
  if (parsed.outcome === 'refused') return parsed
  const named = parseMachineKeyid(signature.keyid)
  const machineId = parseId('mach', pathMachineId)
  if (!named || machineId === null || named.machineId !== pathMachineId) {
    return refuse('request_malformed', 'The keyid does not name the machine of the path.')
  }

  if (!attempts.take(request.peerAddress)) {
    return refuse('overloaded', 'Too many messages from this address did not hold. Try again later.')
  }
  const found = await findMachineGeneration(prisma, machineId, named.generation)
  if (!found) return refuse('machine_unknown', 'No machine of this deployment has this id and generation.')
  const signing = parseSigningPublicJwk(found.generation.signingJwk)
  if (signing.outcome === 'refused') throw new Error(`Generation ${signature.keyid} has no readable signing key.`)
  const verified = verifyMessageSignatureOf(request, signature, signingVerificationKey(signing))
  if (verified.outcome === 'refused') return verified
  attempts.giveBack(request.peerAddress)

  const instant = now()
  const refused = machineStateRefusal(found.machine, instant)
  if (refused) return refused
  const { supersededAt } = found.generation
  if (supersededAt !== null && supersededAt.getTime() + graceMs <= instant.getTime()) {
    return refuse('generation_superseded', 'The keys that sign this message were replaced.')
  }
  const answer = signAnswer(dependencies, 'services', {
    aud: signing.thumbprint,
    nonce: signature.nonce,
    serverTimeMs: instant.getTime(),
    services: await listServicesForAnswer(dependencies),
  })
  return { outcome: 'done', answer }
}
