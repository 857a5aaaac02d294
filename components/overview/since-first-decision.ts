import type { Overview } from '@/lib/contract/overview'

/** Lengths that a chart of minutes may have; the last one is all that the overview tells. */
const lengths = [15, 30] as const

/** The newest 15, 30, or all of the minutes: as few as leave out nothing but minutes without a decision. */
export function sinceFirstDecision(minutes: Overview['minutes']): Overview['minutes'] {
  const first = minutes.findIndex(({ allowed, denied, observed }) => allowed + denied + observed > 0)
  const length = lengths.find((candidate) => first >= minutes.length - candidate)
  return length === undefined ? minutes : minutes.slice(-length)
}
