import { forkKinds, type ForkKind } from '@/lib/domain/machine/fork-kind'

/** One side of a fork, as far as it is known. */
export interface ForkSide {
  /** Where it called from: a fact for people. */
  readonly address: string | null
  readonly at: string | null
  readonly detail: string
}

/**
 * Why a machine is taken to exist twice (protocol.md, section 8). Made only from messages whose signatures hold and whose
 * window was open: whoever makes one of these vouches for that.
 */
export interface ForkEvidence {
  readonly kind: ForkKind
  readonly generation: number
  /** What was there first, and what contradicts it. */
  readonly sides: readonly [ForkSide, ForkSide]
}

/** The evidence as one text for the machine's record, bounded. */
export function describeForkEvidence({ kind, generation, sides }: ForkEvidence): string {
  const [first, second] = sides.map(
    (side) => `${side.detail}, from ${side.address ?? 'an unknown address'}${side.at === null ? '' : ` at ${side.at}`}`,
  )
  return `${forkKinds[kind]} in generation ${generation}: ${first}; and ${second}.`.slice(0, 1000)
}
