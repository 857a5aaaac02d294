import { refuse, type Refusal } from '@/lib/domain/refusal'
import type { GenerationRow, MachineRow } from './enrollment-store'
import { machineStateRefusal } from './machine-state-refusal'

export type RenewalDecision =
  | { readonly outcome: 'renew' }
  | { readonly outcome: 'repeat'; readonly generation: GenerationRow }
  /** Other successors of one generation were asked for. */
  | { readonly outcome: 'fork'; readonly supersededAt: Date | null }
  | Refusal

/**
 * What a renewal whose signatures hold means for the machine as it stands (protocol.md, sections 7 and 8). Pure.
 *
 * @param stands the machine, the generation that signed, and the one after it
 */
export function decideRenewal(
  stands: {
    readonly machine: MachineRow
    readonly signing: GenerationRow
    readonly following: GenerationRow | null
  },
  next: { readonly signingThumbprint: string; readonly agreementThumbprint: string },
  now: Date,
): RenewalDecision {
  const { machine, signing, following } = stands
  const refused = machineStateRefusal(machine, now)
  if (refused) return refused
  if (machine.generation === signing.generation) return { outcome: 'renew' }

  const isSameSuccessor =
    following !== null &&
    following.signingThumbprint === next.signingThumbprint &&
    following.agreementThumbprint === next.agreementThumbprint
  if (isSameSuccessor) {
    // The answer was lost, or the message came twice. Never evidence: a captured message would be enough to make it.
    return following.generation === machine.generation
      ? { outcome: 'repeat', generation: following }
      : refuse('generation_superseded', 'This renewal was answered, and the machine has renewed again since.')
  }
  // A copy that comes that late had its chance to be noticed by the numbers; what it holds opens nothing any more.
  if (signing.expiresAt <= now) {
    return refuse('generation_superseded', 'The keys that sign this renewal were replaced long ago.')
  }
  return { outcome: 'fork', supersededAt: signing.supersededAt }
}
