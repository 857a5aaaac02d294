import type { Pool } from 'pg'

export interface DatabaseStatus {
  /** The database's own clock, milliseconds since 1970. */
  readonly atMs: number
  readonly isStandby: boolean
  readonly hasSynchronousStandby: boolean
}

/** What the database says of itself now. Throws when it gives no answer. */
export async function readDatabaseStatus(pool: Pool): Promise<DatabaseStatus> {
  const { rows } = await pool.query<{ at: string; standbys: string; recovery: boolean }>(
    `SELECT extract(epoch FROM clock_timestamp()) * 1000 AS at, current_setting('synchronous_standby_names') AS standbys,
            pg_is_in_recovery() AS recovery`,
  )
  const [found] = rows
  if (!found) throw new Error('The database gave no answer.')
  return { atMs: Number(found.at), isStandby: found.recovery, hasSynchronousStandby: found.standbys !== '' }
}
