import { setTimeout as wait } from 'node:timers/promises'
import type { Dependencies } from '../dependencies'
import { countAllows, countOldDenials } from './count-store'

/**
 * Rows of one statement: decisions share the processor with it, and those that come meanwhile wait. A PostgreSQL counts
 * 2,000 rows in less than 10 ms, the embedded database, which has one connection for everything, 500.
 */
const portions = { postgresql: { usual: 2_000, hurried: 20_000 }, embedded: { usual: 500, hurried: 5_000 } } as const
/** Rests so many times as long as it has counted. */
const restFactor = 3
/** Beyond what a busy node decides between two runs: it is far behind, and hurries. */
const usualPortions = 25
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
  const { usual, hurried } = portions[database.kind]
  let before: { readonly clockMs: number; readonly monotonicMs: number } | null = null
  /** Count anew from this instant of the monotonic clock; null: nothing is to be counted anew. */
  let againFromMs: number | null = performance.now() - startAgainSeconds * 1000

  /** Returns how many rows were counted, and whether to call again. */
  async function step(mostRows: number): Promise<{ counted: number; goesOn: boolean }> {
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
      for (let portion = 1; ; portion++) {
        const isUsual = portion <= usualPortions
        const startedMs = performance.now()
        const { counted, goesOn } = await step(isUsual ? usual : hurried)
        total += counted
        if (!goesOn || signal?.aborted) break
        if (isUsual) await rest((performance.now() - startedMs) * restFactor, signal)
      }
      while (!signal?.aborted && (await countOldDenials(pool)));
      return total
    },
  }
}

/** Ends early, and not with an error, when `signal` is aborted. */
function rest(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return wait(ms, undefined, { signal, ref: false }).catch((error: unknown) => {
    if (!signal?.aborted) throw error
  })
}
