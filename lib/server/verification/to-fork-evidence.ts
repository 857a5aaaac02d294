import { formatId } from '@/lib/domain/ids'
import type { ForkEvidence } from '../enrollment/fork-evidence'
import type { ForkSighting } from './verification-node'

/** What the verification path saw, as the evidence that a quarantine keeps. */
export function toForkEvidence(sighting: ForkSighting): ForkEvidence {
  const { earlierDecisionId, generation, useKey, sourceAddress, detail } = sighting
  const second = { address: sourceAddress ?? null, at: null, detail }
  if (earlierDecisionId === null) {
    const first = { address: null, at: null, detail: 'The machine declared its highest number when it renewed' }
    return { kind: 'sequence_above_last', generation, sides: [first, second] }
  }
  const decision = formatId('dec', earlierDecisionId)
  const first = { address: null, at: null, detail: `Number ${useKey.slice(1)} was used by ${decision}` }
  return { kind: 'sequence_reused', generation, sides: [first, second] }
}
