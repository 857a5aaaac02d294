import type { Dependencies } from '../dependencies'
import { countAllows, countOldDenials } from './count-store'

/** A page that waits for the embedded database's one connection waits for so many rows at most. */
const embeddedRows = 5_000
const postgresRows = 20_000
/** Counted anew at the start of a process: as far as the database's clock may have gone back while nobody looked. */
const startAgainSeconds = 120
/** As far as the clocks of two database servers may differ (`/readyz` holds nodes to the same). */
const marginSeconds = 5
/** Two clocks that both run well are never apart by so much between two looks. */
const clockToleranceMs = 1_000

export interface Counter {
  /**
   * Counts all that is settled, or as much as there is until `signal`. Returns how many rows that were. Throws the
   * driver's error; what was counted stays.
   */
  run(signal?: AbortSignal): Promise<number>
}

/**
 * Counts decisions per minute, on any number of nodes at once: one of them at a time does it, the others pass.
 * A database's clock that goes back puts new allows behind what is counted already. Whoever looked before sees it go
 * slower than its own monotonic one, and counts anew from that look.
 */
export function createCounter({ pool, database }: Pick<Dependencies, 'pool' | 'database'>): Counter {
  const mostRows = database.kind === 'embedded' ? embeddedRows : postgresRows
  let before: { readonly clockMs: number; readonly monotonicMs: number } | null = null
  /** Count anew from this instant of the monotonic clock; null: nothing is to be counted anew. */
  let againFromMs: number | null = performance.now() - startAgainSeconds * 1000

  /** Returns how many rows were counted, and whether to call again. */
  async function step(): Promise<{ counted: number; goesOn: boolean }> {
    const monotonicMs = performance.now()
    const { counted, hasMore, clockMs } = await countAllows(pool, {
      mostRows,
      marginSeconds,
      againSeconds: againFromMs === null ? null : (monotonicMs - againFromMs) / 1000,
    })
    // Another node is at it: what this one has to count anew waits for the next time.
    if (counted !== null) againFromMs = null
    if (before !== null && clockMs - before.clockMs < monotonicMs - before.monotonicMs - clockToleranceMs) {
      againFromMs = before.monotonicMs - clockToleranceMs
    }
    before = { clockMs, monotonicMs }
    return { counted: counted ?? 0, goesOn: counted !== null && (hasMore || againFromMs !== null) }
  }

  return {
    async run(signal) {
      let total = 0
      for (;;) {
        const { counted, goesOn } = await step()
        total += counted
        if (!goesOn || signal?.aborted) break
      }
      while (!signal?.aborted && (await countOldDenials(pool)));
      return total
    },
  }
}
