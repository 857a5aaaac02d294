import type { Dependencies } from '../dependencies'
import { createErrorLogger } from '../create-error-logger'
import { createCounter } from './create-counter'

/** Pages read what is younger from its rows: at 10,000 decisions a second that is 60,000 of them, most of a margin of 5 s. */
const everyMs = 1_000

/** Counts decisions every second, off the path of every request. One count at a time; `stop` waits for the one under way. */
export function startCounting(dependencies: Dependencies): { stop(): Promise<void> } {
  const counter = createCounter(dependencies)
  const logError = createErrorLogger(dependencies.log)
  const ending = new AbortController()
  let running: Promise<unknown> | null = null
  const timer = setInterval(() => {
    running ??= counter
      .run(ending.signal)
      .catch((error: unknown) => logError('Decisions could not be counted; it is tried again', error as Error))
      .finally(() => (running = null))
  }, everyMs)
  timer.unref()
  return {
    async stop() {
      clearInterval(timer)
      ending.abort()
      await running
    },
  }
}
