import { refuse, type Refusal } from '@/lib/domain/refusal'
import { deriveSharedSecret } from '@/lib/protocol'
import { findDatabaseErrorCode } from '../audit/database-error'
import { runChange } from '../audit/run-change'
import { applyRenewal, type RenewalInput, type RenewalOutcome } from './apply-renewal'
import { findUseAbove } from './fork-store'
import type { MachineRequestDependencies, NumberedMachineRequest } from './machine-request'
import { signMachineAnswer } from './sign-answer'
import { verifyRenewal } from './verify-renewal'

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
  const { prisma, keys, deployment, notices, log, now } = dependencies
  const { peerAddress, requestId } = request

  const generator = await keys.currentGenerator()
  const agreed = deriveSharedSecret(generator.privateKey, renewal.body.keys.agreement.key)
  if (agreed.outcome === 'refused') return refuse('request_malformed', `agreementKey: ${agreed.detail}`)
  // A generation that is not current any more is compared with its successor, not with its numbers.
  const search = renewal.isCurrent ? await findUseAbove(prisma, renewal, renewal.body.lastSeq) : null
  const result = await apply(dependencies, {
    renewal,
    generatorKid: generator.kid,
    search,
    deploymentId: deployment.id,
    peerAddress,
    requestId,
    now: now(),
  })
  switch (result.outcome) {
    case 'refused':
      return result
    case 'quarantined':
      notices.publish('services')
      log.warn({ machine: pathMachineId, requestId }, 'two copies of a machine were seen')
      return result.refusal
    case 'renewed':
    case 'repeated':
      return { outcome: 'done', answer: await signMachineAnswer(dependencies, 'renewal', result, renewal.addressee) }
  }
}

async function apply(dependencies: MachineRequestDependencies, input: RenewalInput): Promise<RenewalOutcome> {
  try {
    return await runChange(dependencies, ['machine', 'service'], (tx) => applyRenewal(tx, input))
  } catch (error) {
    if (findDatabaseErrorCode(error) !== 'unique_violation') throw error
    return refuse('conflict', 'The next keys are known already. Make new ones.')
  }
}
