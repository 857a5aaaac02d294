import type { Reader } from '../audit/transaction'

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

/** Requests, not records: a record of a denial can stand for many. */
export async function countDecisionsByMinute(db: Reader, since: Date): Promise<MinuteCountRow[]> {
  return db.$queryRaw<MinuteCountRow[]>`
    SELECT date_trunc('minute', "at") AS "minute", "outcome", sum("count")::float8 AS "count"
      FROM "decision_record" WHERE "at" >= ${since.toISOString()}::timestamptz GROUP BY 1, 2`
}

export interface ReasonCountRow {
  readonly code: string
  readonly count: number
}

export async function countDenialReasons(db: Reader, since: Date, limit: number): Promise<ReasonCountRow[]> {
  return db.$queryRaw<ReasonCountRow[]>`
    SELECT "code", sum("count")::float8 AS "count"
      FROM "denial" WHERE "at" >= ${since.toISOString()}::timestamptz AND "outcome" = 'denied'
     GROUP BY "code" ORDER BY 2 DESC, "code" LIMIT ${limit}`
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

/** Of each of these machines. */
export async function readMachineActivity(
  db: Reader,
  machineIds: readonly string[],
  since: Date,
): Promise<ActivityRow[]> {
  return db.$queryRaw<ActivityRow[]>`
    SELECT m."id" AS "machineId",
           (SELECT d."at" FROM "decision" d WHERE d."machine_id" = m."id" ORDER BY d."at" DESC LIMIT 1) AS "lastAllowedAt",
           coalesce(r."allowed", 0)::float8 AS "allowed", coalesce(r."denied", 0)::float8 AS "denied"
      FROM unnest(${machineIds}::uuid[]) AS m("id")
      LEFT JOIN (
        SELECT "machine_id", sum("count") FILTER (WHERE "outcome" = 'allowed') AS "allowed",
               sum("count") FILTER (WHERE "outcome" = 'denied') AS "denied"
          FROM "decision_record"
         WHERE "machine_id" = ANY (${machineIds}::uuid[]) AND "at" >= ${since.toISOString()}::timestamptz
         GROUP BY 1
      ) AS r ON r."machine_id" = m."id"`
}
