import type { Transaction } from '../audit/transaction'
import { readCounted, type CountEdge } from '../count/count-store'
import { Prisma, type PrismaClient } from '../database/generated/client'
import {
  decisionColumns,
  newestFirst,
  newestOf,
  withinTime,
  type DecisionRow,
  type DecisionStretch,
} from './decision-row-store'

export interface ServiceAllowsFilter extends DecisionStretch {
  readonly serviceId: string
  readonly machineId?: string | undefined
}

/**
 * Up to here a minute's rows are looked up machine by machine; in one with more, the newest are found by reading it
 * backwards. At 10,000 decisions a second either is a few thousand rows at most.
 */
const mostLookups = 2_000
const minuteMs = 60_000

/**
 * The newest allows of one service, of any machine or of one. Decisions have no index by service, which every decision
 * would pay for: their counts have one, and tell in which minutes there are any, and of which machines.
 */
export function listServiceAllows(prisma: PrismaClient, filter: ServiceAllowsFilter): Promise<DecisionRow[]> {
  return readCounted(prisma, async (tx, edge) => {
    const rows = await listUncounted(tx, edge, filter)
    const missing = filter.limit - rows.length
    if (missing > 0) {
      const minutes = await findMinutes(tx, edge, filter, missing)
      const isDense = (minute: MinuteRow) => filter.machineId === undefined && minute.count > mostLookups
      rows.push(
        ...(await listByMachine(
          tx,
          edge,
          filter,
          minutes.filter((minute) => !isDense(minute)),
        )),
      )
      rows.push(...(await listByMinute(tx, edge, filter, minutes.filter(isDense))))
    }
    return rows.sort(newestFirst).slice(0, filter.limit)
  })
}

function conditionsOf({ serviceId, machineId, ...stretch }: ServiceAllowsFilter): Prisma.Sql[] {
  return [
    Prisma.sql`"outcome" = 'allowed' AND "service_id" = ${serviceId}::uuid`,
    ...(machineId === undefined ? [] : [Prisma.sql`"machine_id" = ${machineId}::uuid`]),
    ...withinTime(stretch),
  ]
}

function listUncounted(tx: Transaction, edge: CountEdge, filter: ServiceAllowsFilter): Promise<DecisionRow[]> {
  return tx.$queryRaw<DecisionRow[]>`
    SELECT ${decisionColumns} FROM "decision_record"
     WHERE ${Prisma.join(conditionsOf(filter), ' AND ')} AND "at" >= ${edge.allowsUntil}::timestamptz ${newestOf(filter)}`
}

interface MinuteRow {
  readonly minute: Date
  readonly count: number
}

/** The newest minutes that hold enough of these allows, newest first. */
async function findMinutes(
  tx: Transaction,
  edge: CountEdge,
  { serviceId, machineId, since, until, before }: ServiceAllowsFilter,
  wanted: number,
): Promise<MinuteRow[]> {
  const ends = [edge.allowsUntil, before?.at, until?.toISOString()].flatMap((end) =>
    end === undefined ? [] : Date.parse(end),
  )
  const lastMinute = new Date(Math.floor(Math.min(...ends) / minuteMs) * minuteMs)
  const firstMinute = since && new Date(Math.floor(since.getTime() / minuteMs) * minuteMs)
  const conditions = [
    Prisma.sql`"service_id" = ${serviceId}::uuid AND "outcome" = 'allowed' AND "minute" <= ${lastMinute.toISOString()}::timestamptz`,
    ...(machineId === undefined ? [] : [Prisma.sql`"machine_id" = ${machineId}::uuid`]),
    ...(firstMinute === undefined ? [] : [Prisma.sql`"minute" >= ${firstMinute.toISOString()}::timestamptz`]),
  ]
  const table = machineId === undefined ? Prisma.sql`"service_minute"` : Prisma.sql`"machine_minute"`
  const rows = await tx.$queryRaw<MinuteRow[]>`
    SELECT "minute", sum("count")::float8 AS "count" FROM ${table} WHERE ${Prisma.join(conditions, ' AND ')}
     GROUP BY "minute" ORDER BY "minute" DESC LIMIT ${wanted + 1}`
  const minutes: MinuteRow[] = []
  let found = 0
  for (const row of rows) {
    minutes.push(row)
    // The last one may lie beyond the end in part, so that nothing is said of how many of it are wanted.
    if (row.minute.getTime() !== lastMinute.getTime()) found += row.count
    if (found >= wanted) break
  }
  return minutes
}

function listByMachine(
  tx: Transaction,
  edge: CountEdge,
  filter: ServiceAllowsFilter,
  minutes: readonly MinuteRow[],
): Promise<DecisionRow[]> {
  if (minutes.length === 0) return Promise.resolve([])
  const ofMachine =
    filter.machineId === undefined ? Prisma.empty : Prisma.sql`AND c."machine_id" = ${filter.machineId}::uuid`
  return tx.$queryRaw<DecisionRow[]>`
    SELECT r.* FROM (
      SELECT DISTINCT c."minute", c."machine_id", c."generation_day" FROM "machine_minute" c
       WHERE c."service_id" = ${filter.serviceId}::uuid AND c."minute" = ANY (${instantsOf(minutes)}) AND c."outcome" = 'allowed' ${ofMachine}
    ) AS c CROSS JOIN LATERAL (
      SELECT ${decisionColumns} FROM "decision_record"
       WHERE ${Prisma.join(conditionsOf(filter), ' AND ')} AND ${inMinute(edge)}
         AND "machine_id" = c."machine_id" AND "generation_day" = c."generation_day" ${newestOf(filter)}
    ) AS r ${newestOf(filter)}`
}

function listByMinute(
  tx: Transaction,
  edge: CountEdge,
  filter: ServiceAllowsFilter,
  minutes: readonly MinuteRow[],
): Promise<DecisionRow[]> {
  if (minutes.length === 0) return Promise.resolve([])
  return tx.$queryRaw<DecisionRow[]>`
    SELECT r.* FROM unnest(${instantsOf(minutes)}) AS c("minute") CROSS JOIN LATERAL (
      SELECT ${decisionColumns} FROM "decision_record"
       WHERE ${Prisma.join(conditionsOf(filter), ' AND ')} AND ${inMinute(edge)} ${newestOf(filter)}
    ) AS r ${newestOf(filter)}`
}

function instantsOf(minutes: readonly MinuteRow[]): Prisma.Sql {
  return Prisma.sql`${minutes.map(({ minute }) => minute.toISOString())}::timestamptz[]`
}

function inMinute(edge: CountEdge): Prisma.Sql {
  return Prisma.sql`"at" >= c."minute" AND "at" < least(c."minute" + interval '1 minute', ${edge.allowsUntil}::timestamptz)`
}
