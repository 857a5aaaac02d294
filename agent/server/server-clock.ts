/** The service's time, carried forward by this machine's monotonic clock: nobody can push it by setting a clock. */
export interface ServerClock {
  nowSeconds(): number
  /** Whether this machine slept since: then the monotonic clock stood still and the time has to be taken anew. */
  hasSlept(): boolean
}

/** More than this between the wall clock and the monotonic one is a sleep (or a set wall clock, which costs a renewal). */
const SLEEP_TOLERANCE_MS = 20_000

/** @param serverTimeMs milliseconds since 1970, from a verified answer that has just arrived */
export function createServerClock(serverTimeMs: number): ServerClock {
  const monotonicStart = process.hrtime.bigint()
  const wallStart = Date.now()
  const elapsedMs = (): number => Number((process.hrtime.bigint() - monotonicStart) / 1_000_000n)
  return {
    nowSeconds: () => Math.floor((serverTimeMs + elapsedMs()) / 1_000),
    hasSlept: () => Math.abs(Date.now() - wallStart - elapsedMs()) > SLEEP_TOLERANCE_MS,
  }
}
