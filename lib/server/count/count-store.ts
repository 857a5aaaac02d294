import type { Pool, PoolClient, QueryConfig } from 'pg'
import type { Reader, Transaction } from '../audit/transaction'
import type { PrismaClient } from '../database/generated/client'

/** What one call of `count_allows` says. */
export interface CountStep {
  /** Rows; null when another node was counting. */
  readonly counted: number | null
  /** More is settled already: call again. */
  readonly hasMore: boolean
  /** The database's clock, in milliseconds of the Unix epoch. */
  readonly clockMs: number
}

export interface CountRequest {
  readonly mostRows: number
  /** What is younger is left for later: a database's clock that goes back by less passes behind nothing that was counted. */
  readonly marginSeconds: number
  /** Counts the allows of the last so many seconds anew; null: none. */
  readonly againSeconds: number | null
}

/** Counts allows that are settled and not counted yet; see the migration. Throws the driver's error. */
export async function countAllows(pool: Pool, request: CountRequest): Promise<CountStep> {
  const { rows } = await pool.query<{ counted: string | null; has_more: boolean; clock_ms: number }>(
    `SELECT "counted", "has_more", (extract(epoch FROM "clock") * 1000)::float8 AS clock_ms
       FROM count_allows($1, make_interval(secs => $2), clock_timestamp() - make_interval(secs => $3))`,
    [request.mostRows, request.marginSeconds, request.againSeconds],
  )
  const [row] = rows
  if (!row) throw new Error('The database answered count_allows() with no row.')
  return {
    counted: row.counted === null ? null : Number(row.counted),
    hasMore: row.has_more,
    clockMs: row.clock_ms,
  }
}

/** A day of denials may be many rows; nothing waits for it. */
const longestDayMs = 15 * 60 * 1000

/** Counts one day of the denials that are older than counting. Returns whether there was one. */
export async function countOldDenials(pool: Pool): Promise<boolean> {
  const statement: QueryConfig & { query_timeout: number } = {
    text: 'SELECT count_old_denials() AS "found"',
    query_timeout: longestDayMs,
  }
  const { rows } = await pool.query<{ found: boolean }>(statement)
  return rows[0]?.found === true
}

/**
 * After rows were put into an empty database without their triggers: what they count. Does nothing where the tables are of a
 * version without counts, whose migration makes them.
 */
export async function countAnew(client: PoolClient): Promise<void> {
  const { rows } = await client.query<{ found: boolean }>(`SELECT to_regproc('count_anew') IS NOT NULL AS "found"`)
  if (rows[0]?.found === true) await client.query('SELECT count_anew()')
}

/** Up to where the counts go. What is beyond is counted from its rows. */
export interface CountEdge {
  /** Instant in microseconds, RFC 3339: every allow before it is counted, and none from it on. */
  readonly allowsUntil: string
  /** Days of denials, `2026-11-22` and before, of which rows may still be uncounted; null: none. */
  readonly oldDenialsThrough: string | null
}

async function findCountEdge(db: Reader): Promise<CountEdge> {
  const [edge] = await db.$queryRaw<CountEdge[]>`
    SELECT to_char("allows_until" AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "allowsUntil",
           "old_denials_through"::text AS "oldDenialsThrough" FROM "count_state"`
  if (!edge) throw new Error('The row that says how far counting has come is missing.')
  return edge
}

/**
 * Reads counts together with the rows that are not counted yet, as of one moment: what is counted while this reads is
 * neither missed nor taken twice. The edge comes as a value, because the planner knows nothing of one in a subquery.
 */
export function readCounted<T>(
  prisma: PrismaClient,
  read: (tx: Transaction, edge: CountEdge) => Promise<T>,
): Promise<T> {
  return prisma.$transaction(async (tx) => read(tx, await findCountEdge(tx)), { isolationLevel: 'RepeatableRead' })
}
