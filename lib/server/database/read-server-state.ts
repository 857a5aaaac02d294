import type { ClientBase, Pool } from 'pg'

/** What a PostgreSQL server says of itself: another identifier is another cluster, another timeline a promotion or restore. */
export interface DatabaseIdentity {
  readonly systemIdentifier: string
  readonly timeline: number
}

export interface ServerState {
  readonly isStandby: boolean
  /** Undefined on a standby, which writes no WAL. */
  readonly identity: DatabaseIdentity | undefined
  readonly fsync: string
  readonly fullPageWrites: string
  readonly isolation: string
}

/**
 * The timeline of the WAL being written, as SQL: `pg_control_checkpoint()` still names the old one for a while after a
 * promotion. An error on a standby, which writes none.
 */
export const currentTimelineSql = `('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::integer`

/** Asks a server what it is. Throws the driver's error. */
export async function readServerState(database: Pool | ClientBase): Promise<ServerState> {
  const { rows } = await database.query<{
    recovery: boolean
    system: string
    timeline: number | null
    fsync: string
    pages: string
    isolation: string
  }>(
    `SELECT pg_is_in_recovery() AS recovery, (SELECT system_identifier::text FROM pg_control_system()) AS system,
            CASE WHEN NOT pg_is_in_recovery() THEN ${currentTimelineSql} END AS timeline,
            current_setting('fsync') AS fsync, current_setting('full_page_writes') AS pages,
            current_setting('default_transaction_isolation') AS isolation`,
  )
  const [found] = rows
  if (!found) throw new Error('The database gave no answer.')
  const { recovery, system, timeline, fsync, pages, isolation } = found
  return {
    isStandby: recovery,
    identity: timeline === null ? undefined : { systemIdentifier: system, timeline },
    fsync,
    fullPageWrites: pages,
    isolation,
  }
}
