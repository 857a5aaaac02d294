import type { Prisma } from '../database/generated/client'
import type { Dependencies } from '../dependencies'
import type { NarrowedTable } from './change-store'
import { waitedTooLong } from './database-error'
import { runUnderTableLocks } from './run-under-table-locks'

/**
 * Runs one change that is one statement, its audit event included, and returns its rows: one trip to the database, where a
 * transaction takes one for each of its steps and four around them. Dates, JSON, text and booleans come back alike from
 * both drivers; whole numbers of 64 bits do not, so the statement casts them to text. Waits as `runChange` does, and may run
 * twice likewise.
 */
export async function runStatement<Row>(
  deps: Dependencies,
  narrows: readonly NarrowedTable[],
  statement: Prisma.Sql,
): Promise<Row[]> {
  try {
    const { rows } = await deps.changePool.query({ text: statement.text, values: statement.values })
    // The caller names the columns of its statement, as for Prisma's own raw queries.
    return rows as Row[]
  } catch (error) {
    if (!waitedTooLong(error)) throw error
  }
  return runUnderTableLocks(deps, narrows, (tx) => tx.$queryRaw<Row[]>(statement))
}
