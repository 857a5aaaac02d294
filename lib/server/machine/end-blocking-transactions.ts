import { Client } from 'pg'
import type { Dependencies } from '../dependencies'

/**
 * Ends the transactions that a change has been waiting for: those at the root of its lock queue, open for over two seconds
 * (protocol.md, section 5). What such a transaction was about to record is rolled back, so nothing was allowed by it.
 *
 * PostgreSQL only, from a connection of its own: the pool may be what is stuck. Takes the process id of the waiting
 * connection; returns how many were ended.
 */
export async function endBlockingTransactions(deps: Dependencies, waitingPid: number): Promise<number> {
  const connectionString = deps.settings.databaseUrl
  if (connectionString === undefined) return 0
  const client = new Client({
    connectionString,
    application_name: 'countersign-unblock',
    connectionTimeoutMillis: 2_000,
  })
  client.on('error', (error) => deps.log.warn({ reason: error.message }, 'The unblocking connection was lost'))
  try {
    await client.connect()
    // Who waits for a lock itself is not stuck; whoever it waits for is.
    const { rows } = await client.query<{ pid: number; ended: boolean; application: string; seconds: number }>(
      `WITH RECURSIVE "chain" ("pid") AS (
         SELECT unnest(pg_blocking_pids($1))
         UNION
         SELECT unnest(pg_blocking_pids("chain"."pid")) FROM "chain"
       )
       SELECT a."pid", pg_terminate_backend(a."pid") AS "ended", a."application_name" AS "application",
              extract(epoch FROM clock_timestamp() - a."xact_start")::float8 AS "seconds"
         FROM "chain" JOIN "pg_stat_activity" a USING ("pid")
        WHERE cardinality(pg_blocking_pids(a."pid")) = 0
          AND a."xact_start" < clock_timestamp() - interval '2 seconds'`,
      [waitingPid],
    )
    for (const { application, seconds } of rows.filter((row) => row.ended)) {
      deps.log.warn({ application, seconds }, 'Ended a stuck transaction that a change was waiting for')
    }
    return rows.filter((row) => row.ended).length
  } finally {
    await client.end().catch(() => undefined)
  }
}
