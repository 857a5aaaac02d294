import { refuse, type Refusal } from '@/lib/domain/refusal'
import type { Dependencies } from '../dependencies'
import { listGenerationsWithKeys, type GenerationRow, type MachineRow } from './enrollment-store'
import { machineStateRefusal } from './machine-state-refusal'
import type { ParsedMachineKeys } from './parse-message-body'

/**
 * Whether the keys of an enrolment are known already: from the same enrolment, which is answered again even when the token
 * has been used up since, or from anything else, which is a conflict. Call it only for an enrolment whose signatures and
 * agreement proof hold.
 */
export async function findEarlierEnrollment(
  dependencies: Pick<Dependencies, 'prisma' | 'now'>,
  wanted: {
    readonly machineId: string
    readonly joinTokenId: string
    readonly name: string
    readonly generatorKid: string
    readonly keys: ParsedMachineKeys
  },
): Promise<{ outcome: 'none' } | { outcome: 'found'; machine: MachineRow; generation: GenerationRow } | Refusal> {
  const signingThumbprint = wanted.keys.signing.thumbprint
  const agreementThumbprint = wanted.keys.agreement.thumbprint
  const found = await listGenerationsWithKeys(dependencies.prisma, signingThumbprint, agreementThumbprint)
  const known = found[0]
  if (!known) return { outcome: 'none' }
  const { machine, generation } = known
  const isSame =
    found.length === 1 &&
    generation.generation === 1 &&
    generation.signingThumbprint === signingThumbprint &&
    generation.agreementThumbprint === agreementThumbprint &&
    generation.generatorKid === wanted.generatorKid &&
    machine.id === wanted.machineId &&
    machine.joinTokenId === wanted.joinTokenId &&
    machine.name === wanted.name
  if (!isSame) return refuse('conflict', 'These keys are enrolled already, with another message. Make new ones.')
  const refused = machineStateRefusal(machine, dependencies.now())
  if (refused) return refused
  if (machine.generation !== 1) {
    return refuse('generation_superseded', 'The machine that was enrolled with these keys has renewed them since.')
  }
  return { outcome: 'found', machine, generation }
}
