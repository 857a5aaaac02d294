import type { Dependencies } from '../dependencies'
import { endRootBlockers } from './blocking-transactions-store'

/**
 * Ends the transactions that a change has been waiting for, when they have been open for over two seconds (protocol.md,
 * section 5). What such a transaction was about to record is rolled back, so nothing was allowed by it. Takes the process id
 * of the waiting connection; returns how many were ended. Embedded, nothing can be in the way.
 */
export async function endBlockingTransactions(deps: Dependencies, waitingPid: number): Promise<number> {
  const connectionString = deps.database.url()
  if (connectionString === undefined) return 0
  const ended = await endRootBlockers(connectionString, waitingPid)
  for (const { application, seconds } of ended) {
    deps.log.warn({ application, seconds }, 'Ended a stuck transaction that a change was waiting for')
  }
  return ended.length
}
