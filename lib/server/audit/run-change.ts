import type { Dependencies } from '../dependencies'
import { politeMs } from '../database/open-database'
import { setStatementTimeout, type NarrowedTable } from './change-store'
import { waitedTooLong } from './database-error'
import { runUnderTableLocks } from './run-under-table-locks'
import { transactionLimits, type Transaction } from './transaction'

/**
 * Runs one change in one transaction. `work` writes the change and its audit event through `tx` and nothing else; it may
 * run twice, so whatever is random or slow is made before.
 *
 * `narrows` names the tables whose rows decisions share-lock. A plain UPDATE of such a row waits for the batches that
 * hold it, and batches that keep coming can starve it (PostgreSQL lets a share lock pass a waiting writer: measured 2 s with
 * 16 batches in flight). So after half a second the change queues for the table instead. Embedded, one connection does one
 * thing at a time.
 */
export async function runChange<Value>(
  deps: Dependencies,
  narrows: readonly NarrowedTable[],
  work: (tx: Transaction) => Promise<Value>,
): Promise<Value> {
  if (deps.database.kind === 'embedded' || narrows.length === 0)
    return deps.prisma.$transaction(work, transactionLimits)
  try {
    return await deps.prisma.$transaction(async (tx) => {
      // As for the pool of changes, it never ends a commit.
      await setStatementTimeout(tx, politeMs)
      return work(tx)
    }, transactionLimits)
  } catch (error) {
    if (!waitedTooLong(error)) throw error
  }
  return runUnderTableLocks(deps, narrows, work)
}
