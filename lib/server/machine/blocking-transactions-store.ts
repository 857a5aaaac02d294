import { Client } from 'pg'

export interface EndedTransaction {
  readonly application: string
  readonly seconds: number
}

/**
 * Ends the transactions at the root of a connection's lock queue that have been open for over two seconds. PostgreSQL only,
 * from a connection of its own: the pool may be what is stuck.
 *
 * @param waitingPid process id of the connection that waits
 */
export async function endRootBlockers(connectionString: string, waitingPid: number): Promise<EndedTransaction[]> {
  const client = new Client({
    connectionString,
    application_name: 'countersign-unblock',
    connectionTimeoutMillis: 2_000,
  })
  // A lost connection fails the query as well, which is where it is told.
  client.on('error', () => undefined)
  try {
    await client.connect()
    // Who waits for a lock itself is not stuck; whoever it waits for is.
    const { rows } = await client.query<EndedTransaction & { ended: boolean }>(
      `WITH RECURSIVE "chain" ("pid") AS (
         SELECT unnest(pg_blocking_pids($1))
         UNION
         SELECT unnest(pg_blocking_pids("chain"."pid")) FROM "chain"
       )
       SELECT pg_terminate_backend(a."pid") AS "ended", a."application_name" AS "application",
              extract(epoch FROM clock_timestamp() - a."xact_start")::float8 AS "seconds"
         FROM "chain" JOIN "pg_stat_activity" a USING ("pid")
        WHERE cardinality(pg_blocking_pids(a."pid")) = 0
          AND a."xact_start" < clock_timestamp() - interval '2 seconds'`,
      [waitingPid],
    )
    return rows.filter((row) => row.ended)
  } finally {
    await client.end().catch(() => undefined)
  }
}
