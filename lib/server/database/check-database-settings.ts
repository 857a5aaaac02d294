import type { Pool, PoolClient } from 'pg'

/**
 * Refuses a database on which an answered allow could be lost: a standby, or one that does not flush.
 * Throws with every setting that is wrong and what it must be (protocol.md, section 5).
 */
export async function checkDatabaseSettings(pool: Pool | PoolClient): Promise<void> {
  const { rows } = await pool.query<{ recovery: boolean; fsync: string; pages: string; isolation: string }>(
    `SELECT pg_is_in_recovery() AS recovery, current_setting('fsync') AS fsync,
            current_setting('full_page_writes') AS pages, current_setting('default_transaction_isolation') AS isolation`,
  )
  const found = rows[0]
  const wrong: string[] = []
  if (!found || found.recovery) wrong.push('it is a standby, and only the primary can record decisions')
  if (found?.fsync !== 'on') wrong.push('fsync is off and must be on')
  if (found?.pages !== 'on') wrong.push('full_page_writes is off and must be on')
  if (found?.isolation !== 'read committed') wrong.push('default_transaction_isolation must be "read committed"')
  if (wrong.length > 0) throw new Error(`This database cannot keep decisions: ${wrong.join('; ')}.`)
}
