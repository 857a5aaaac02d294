import type { Dependencies } from '../dependencies'
import { politeMs } from '../database/open-database'
import { endBlockingTransactions } from '../machine/end-blocking-transactions'
import { lockTableForChange, readBackendPid, type NarrowedTable } from './change-store'
import { transactionLimits, type Transaction } from './transaction'

const stuckAfterMs = 2_000
const checkEveryMs = 250

/**
 * The second try of a change that waited too long: it queues for the whole tables first, which no new batch can pass, and
 * after two seconds, counted from the first try, it ends the transactions that are stuck.
 */
export async function runUnderTableLocks<Value>(
  deps: Dependencies,
  narrows: readonly NarrowedTable[],
  work: (tx: Transaction) => Promise<Value>,
): Promise<Value> {
  return deps.prisma.$transaction(async (tx) => {
    const watch = watchForStuckTransactions(deps, await readBackendPid(tx), stuckAfterMs - politeMs)
    try {
      for (const table of narrows) await lockTableForChange(tx, table)
      return await work(tx)
    } finally {
      watch.stop()
    }
  }, transactionLimits)
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
