import type { Logger } from 'pino'

/** One line a second for each kind of failure: a database that is away would fill the log otherwise. */
export type ErrorLogger = (what: string, error: Error) => void

export function createErrorLogger(log: Logger): ErrorLogger {
  const lastAt = new Map<string, number>()
  return (what, error) => {
    const now = performance.now()
    if (now - (lastAt.get(what) ?? -Infinity) < 1_000) return
    lastAt.set(what, now)
    // The driver's messages name tables and constraints; `detail` would hold values and stays out.
    log.warn({ reason: error.message, sqlState: (error as { code?: string }).code }, what)
  }
}
