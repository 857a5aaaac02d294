import type { ForkEvidence } from './fork-evidence'
import type { UsedSequence } from './fork-store'
import type { VerifiedRenewal } from './verify-renewal'

/** Other successors were asked for than the one that the generation has. */
export function renewedTwice(
  renewal: VerifiedRenewal,
  peerAddress: string,
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
      { address: peerAddress, at: now.toISOString(), detail: 'it was asked to be renewed with other keys' },
    ],
  }
}

/** A number is on record that the machine says it never gave out. */
export function usedAbove(renewal: VerifiedRenewal, peerAddress: string, used: UsedSequence, now: Date): ForkEvidence {
  const { lastSeq } = renewal.body
  return {
    kind: 'sequence_above_last',
    generation: renewal.generation,
    sides: [
      { address: used.address, at: used.at.toISOString(), detail: `number ${used.seq} was used` },
      {
        address: peerAddress,
        at: now.toISOString(),
        detail: `the renewal says that ${lastSeq} is the highest`,
      },
    ],
  }
}
