import type { ClientBase, Pool } from 'pg'
import { readServerState, type DatabaseIdentity } from './read-server-state'

/**
 * Refuses a database on which an answered allow could be lost: a standby, or one that does not flush.
 * Returns which server it is. Throws with every setting that is wrong and what it must be (protocol.md, section 5).
 */
export async function checkDatabaseSettings(pool: Pool | ClientBase): Promise<DatabaseIdentity> {
  const { identity, fsync, fullPageWrites, isolation } = await readServerState(pool)
  const wrong: string[] = []
  if (identity === undefined) wrong.push('it is a standby, and only the primary can record decisions')
  if (fsync !== 'on') wrong.push('fsync is off and must be on')
  if (fullPageWrites !== 'on') wrong.push('full_page_writes is off and must be on')
  if (isolation !== 'read committed') wrong.push('default_transaction_isolation must be "read committed"')
  if (identity === undefined || wrong.length > 0) {
    throw new Error(`This database cannot keep decisions: ${wrong.join('; ')}.`)
  }
  return identity
}
