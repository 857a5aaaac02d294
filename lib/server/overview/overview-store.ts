import type { Reader, Transaction } from '../audit/transaction'
import type { CountEdge } from '../count/count-store'
import { Prisma } from '../database/generated/client'

export interface StateCountRow {
  readonly state: string
  readonly count: number
}

/** As `machineStateAt` says it: one that did not renew in time has expired, whatever the column says. */
export async function countMachinesByState(db: Reader, now: Date): Promise<StateCountRow[]> {
  return db.$queryRaw<StateCountRow[]>`
    SELECT CASE WHEN "state" = 'active' AND "expires_at" <= ${now.toISOString()}::timestamptz THEN 'expired'
                ELSE "state" END AS "state",
           count(*)::integer AS "count"
      FROM "machine" GROUP BY 1`
}

export interface MinuteCountRow {
  readonly minute: Date
  readonly outcome: string
  readonly count: number
}

/** Requests, not records: a record of a denial can stand for many. `since` is the beginning of a minute. */
export async function countDecisionsByMinute(tx: Transaction, edge: CountEdge, since: Date): Promise<MinuteCountRow[]> {
  return tx.$queryRaw<MinuteCountRow[]>`
    SELECT c."minute", c."outcome", sum(c."count")::float8 AS "count" FROM (
      SELECT "minute", "outcome", "count" FROM "service_minute"
       WHERE "day" >= ${firstDayOf(since)}::date AND "minute" >= ${since.toISOString()}::timestamptz
      UNION ALL
      SELECT date_trunc('minute', "at", 'UTC'), 'allowed', count(*) FROM "decision"
       WHERE "at" >= greatest(${since.toISOString()}::timestamptz, ${edge.allowsUntil}::timestamptz) GROUP BY 1
      UNION ALL
      SELECT date_trunc('minute', "at", 'UTC'), "outcome", sum("count") FROM (${uncountedDenials(edge, since)}) AS d
       GROUP BY 1, 2
    ) AS c GROUP BY 1, 2`
}

export interface ReasonCountRow {
  readonly code: string
  readonly count: number
}

/** `since` is the beginning of a minute. */
export async function countDenialReasons(
  tx: Transaction,
  edge: CountEdge,
  since: Date,
  limit: number,
): Promise<ReasonCountRow[]> {
  return tx.$queryRaw<ReasonCountRow[]>`
    SELECT c."code", sum(c."count")::float8 AS "count" FROM (
      SELECT "code", "count" FROM "service_minute"
       WHERE "day" >= ${firstDayOf(since)}::date AND "minute" >= ${since.toISOString()}::timestamptz AND "outcome" = 'denied'
      UNION ALL
      SELECT "code", "count" FROM (${uncountedDenials(edge, since)}) AS d WHERE "outcome" = 'denied'
    ) AS c GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ${limit}`
}

export interface SetUpRow {
  readonly hasService: boolean
  readonly hasGateway: boolean
  readonly hasJoinToken: boolean
  readonly hasMachine: boolean
  readonly hasDecision: boolean
}

/** What is there at all. Each question ends at the first row. */
export async function readSetUp(db: Reader): Promise<SetUpRow> {
  const [row] = await db.$queryRaw<SetUpRow[]>`
    SELECT EXISTS (SELECT 1 FROM "service" WHERE "state" = 'active') AS "hasService",
           EXISTS (SELECT 1 FROM "gateway") AS "hasGateway",
           EXISTS (SELECT 1 FROM "join_token") AS "hasJoinToken",
           EXISTS (SELECT 1 FROM "machine") AS "hasMachine",
           EXISTS (SELECT 1 FROM "decision") AS "hasDecision"`
  if (!row) throw new Error('The database answered a question without FROM with no row.')
  return row
}

export interface ActivityRow {
  readonly machineId: string
  readonly lastAllowedAt: Date | null
  readonly allowed: number
  readonly denied: number
}

/**
 * Of each of these machines, since an instant: whole minutes from their counts, the rest of the first one and what is not
 * counted yet from rows, which are ranges of an index by machine.
 */
export async function readMachineActivity(
  tx: Transaction,
  edge: CountEdge,
  machineIds: readonly string[],
  since: Date,
): Promise<ActivityRow[]> {
  const wholeFrom = new Date(Math.ceil(since.getTime() / 60_000) * 60_000)
  const ids = Prisma.sql`${machineIds}::uuid[]`
  return tx.$queryRaw<ActivityRow[]>`
    SELECT m."id" AS "machineId",
           (SELECT d."at" FROM "decision" d WHERE d."machine_id" = m."id" ORDER BY d."at" DESC LIMIT 1) AS "lastAllowedAt",
           coalesce(r."allowed", 0)::float8 AS "allowed", coalesce(r."denied", 0)::float8 AS "denied"
      FROM unnest(${ids}) AS m("id")
      LEFT JOIN (
        SELECT c."machine_id", sum(c."count") FILTER (WHERE c."outcome" = 'allowed') AS "allowed",
               sum(c."count") FILTER (WHERE c."outcome" = 'denied') AS "denied"
          FROM (
            SELECT "machine_id", "outcome", "count" FROM "machine_minute"
             WHERE "day" >= ${firstDayOf(since)}::date AND "machine_id" = ANY (${ids})
               AND "minute" >= ${wholeFrom.toISOString()}::timestamptz
            UNION ALL
            SELECT "machine_id", 'allowed', 1 FROM "decision"
             WHERE "machine_id" = ANY (${ids}) AND "at" >= ${since.toISOString()}::timestamptz
               AND "at" < ${wholeFrom.toISOString()}::timestamptz
            UNION ALL
            SELECT "machine_id", 'allowed', 1 FROM "decision"
             WHERE "machine_id" = ANY (${ids})
               AND "at" >= greatest(${wholeFrom.toISOString()}::timestamptz, ${edge.allowsUntil}::timestamptz)
            UNION ALL
            SELECT "machine_id", "outcome", "count" FROM "denial"
             WHERE "machine_id" = ANY (${ids}) AND "at" >= ${since.toISOString()}::timestamptz
               AND "at" < ${wholeFrom.toISOString()}::timestamptz
            UNION ALL
            SELECT "machine_id", "outcome", "count" FROM (${uncountedDenials(edge, wholeFrom)}) AS d
             WHERE "machine_id" = ANY (${ids})
          ) AS c GROUP BY 1
      ) AS r ON r."machine_id" = m."id"`
}

export interface GatewayActivityRow {
  readonly gatewayId: string
  readonly lastAskedAt: Date | null
}

/** When each gateway of a service last asked about it, whatever the answer was. */
export async function readGatewayActivity(
  tx: Transaction,
  edge: CountEdge,
  serviceId: string,
  limit: number,
): Promise<GatewayActivityRow[]> {
  // A record of several denials may end in the minute after the one it stands in.
  return tx.$queryRaw<GatewayActivityRow[]>`
    WITH "uncounted" AS MATERIALIZED (
      SELECT "gateway_id", max("at") AS "last_at" FROM "decision"
       WHERE "at" >= ${edge.allowsUntil}::timestamptz AND "service_id" = ${serviceId}::uuid GROUP BY 1
      UNION ALL
      SELECT "gateway_id", max("last_at") FROM (${uncountedDenials(edge, new Date(0))}) AS d
       WHERE "service_id" = ${serviceId}::uuid GROUP BY 1
    )
    SELECT g."gateway_id" AS "gatewayId", greatest(
             (SELECT max(s."last_at") FROM "service_minute" s
               WHERE s."gateway_id" = g."gateway_id" AND s."service_id" = g."service_id" AND s."minute" >= (
                 SELECT n."minute" - interval '1 minute' FROM "service_minute" n
                  WHERE n."gateway_id" = g."gateway_id" AND n."service_id" = g."service_id"
                  ORDER BY n."minute" DESC LIMIT 1)),
             (SELECT max(u."last_at") FROM "uncounted" u WHERE u."gateway_id" = g."gateway_id")) AS "lastAskedAt"
      FROM "gateway_service" g WHERE g."service_id" = ${serviceId}::uuid ORDER BY 1 LIMIT ${limit}`
}

/** Denials since an instant from before there were counts, until they are counted; soon after an upgrade there are none. */
function uncountedDenials(edge: CountEdge, since: Date): Prisma.Sql {
  return Prisma.sql`
    SELECT "at", "last_at", "outcome", "code", "count", "machine_id", "service_id", "gateway_id" FROM "denial"
     WHERE "day" <= ${edge.oldDenialsThrough}::date AND "at" >= ${since.toISOString()}::timestamptz AND NOT "is_counted"`
}

/** The first partition of counts that can hold a minute since then: its day, or the one before by a node's clock ahead. */
function firstDayOf(since: Date): string {
  return new Date(since.getTime() - 86_400_000).toISOString().slice(0, 10)
}
