import type { Dependencies } from '../dependencies'
import { endBlockingTransactions } from '../machine/end-blocking-transactions'
import { findDatabaseErrorCode } from './database-error'
import type { Transaction } from './transaction'
import { lockTableForChange, readBackendPid, setStatementTimeout, type NarrowedTable } from './change-store'

/** Longer than any sane queue of batches, shorter than an operator's patience. */
const politeMs = 500
const stuckAfterMs = 2_000
const checkEveryMs = 250
const limits = { maxWait: 10_000, timeout: 30_000 }

/**
 * Runs one change in one transaction. `work` writes the change and its audit event through `tx` and nothing else; it may
 * run twice, so whatever is random or slow is made before.
 *
 * `narrows` names the tables whose rows decisions share-lock. A plain UPDATE of such a row waits for the batches that
 * hold it, and batches that keep coming can starve it (PostgreSQL lets a share lock pass a waiting writer: measured 2 s with
 * 16 batches in flight). So after half a second the change queues for the table instead, which no new batch can pass,
 * and after two seconds it ends the transactions that are stuck. Embedded, one connection does one thing at a time.
 */
export async function runChange<Value>(
  deps: Dependencies,
  narrows: readonly NarrowedTable[],
  work: (tx: Transaction) => Promise<Value>,
): Promise<Value> {
  if (deps.database.kind === 'embedded' || narrows.length === 0) return deps.prisma.$transaction(work, limits)
  try {
    return await deps.prisma.$transaction(async (tx) => {
      // It never ends a commit, which would be dangerous: a cancelled wait for the synchronous standby reports success
      // (protocol.md, section 5). PostgreSQL takes the limit away before it commits.
      await setStatementTimeout(tx, politeMs)
      return work(tx)
    }, limits)
  } catch (error) {
    // A change that queues for the table and one that still goes politely can meet crosswise; the polite one comes again.
    const code = findDatabaseErrorCode(error)
    if (code !== 'query_canceled' && code !== 'deadlock_detected') throw error
  }
  return deps.prisma.$transaction(async (tx) => {
    const watch = watchForStuckTransactions(deps, await readBackendPid(tx), stuckAfterMs - politeMs)
    try {
      for (const table of narrows) await lockTableForChange(tx, table)
      return await work(tx)
    } finally {
      watch.stop()
    }
  }, limits)
}

/** Beside the transaction, on a connection of its own. */
function watchForStuckTransactions(deps: Dependencies, pid: number, afterMs: number): { stop(): void } {
  let isStopped = false
  let timer: NodeJS.Timeout
  const check = async (): Promise<void> => {
    try {
      await endBlockingTransactions(deps, pid)
    } catch (error) {
      deps.log.error(
        { reason: error instanceof Error ? error.message : 'unknown' },
        'Could not look for stuck transactions',
      )
    }
    if (!isStopped) schedule(checkEveryMs)
  }
  const schedule = (delayMs: number): void => {
    timer = setTimeout(() => void check(), delayMs)
  }
  schedule(afterMs)
  return {
    stop() {
      isStopped = true
      clearTimeout(timer)
    },
  }
}
