import { decisionOutcomes, type DecisionOutcome } from '@/lib/domain/decision/decision-outcome'
import type { Reader } from '../audit/transaction'
import { Prisma, type PrismaClient } from '../database/generated/client'
import {
  decisionColumns,
  newestFirst,
  newestOf,
  withinTime,
  type DecisionRow,
  type DecisionStretch,
} from './decision-row-store'
import { listServiceAllows } from './service-allows-store'

export interface DecisionFilter extends DecisionStretch {
  readonly machineId?: string | undefined
  /** Records of this service; those that named a service nobody has carry only the name. */
  readonly service?: { readonly id: string | null; readonly name: string } | undefined
  readonly outcome?: DecisionOutcome | undefined
  readonly code?: string | undefined
}

/**
 * Allows and denials as one list, newest first: the newest of each kind by an index of its own, and the newest of those.
 * Allows of one service are found by their counts (`listServiceAllows`).
 */
export async function listDecisionRows(prisma: PrismaClient, filter: DecisionFilter): Promise<DecisionRow[]> {
  const { service, outcome, code } = filter
  const wanted = decisionOutcomes.filter((each) => outcome === undefined || each === outcome)
  // An allow has no code.
  const kinds = wanted.filter((each) => each !== 'allowed' || code === undefined)
  const rows: DecisionRow[] = []
  if (service !== undefined && kinds.includes('allowed') && service.id !== null) {
    rows.push(...(await listServiceAllows(prisma, { ...filter, serviceId: service.id })))
  }
  const branches = kinds.flatMap((kind) => {
    if (service === undefined) return [branchOf(kind, filter, [])]
    return kind === 'allowed' ? [] : denialsOfService(service).map((which) => branchOf(kind, filter, [which]))
  })
  if (branches.length > 0) {
    const newest = Prisma.sql`SELECT * FROM (${Prisma.join(branches, ' UNION ALL ')}) AS r ${newestOf(filter)}`
    rows.push(...(await prisma.$queryRaw<DecisionRow[]>(newest)))
  }
  return rows.sort(newestFirst).slice(0, filter.limit)
}

/** The newest records of one outcome: one range of an index. */
function branchOf(outcome: DecisionOutcome, filter: DecisionFilter, conditions: readonly Prisma.Sql[]): Prisma.Sql {
  const { machineId, code } = filter
  const all = [
    Prisma.sql`"outcome" = ${Prisma.raw(`'${outcome}'`)}`,
    ...conditions,
    ...(machineId !== undefined ? [Prisma.sql`"machine_id" = ${machineId}::uuid`] : []),
    ...(code !== undefined ? [Prisma.sql`"code" = ${code}`] : []),
    ...withinTime(filter),
  ]
  return Prisma.sql`(SELECT ${decisionColumns} FROM "decision_record" WHERE ${Prisma.join(all, ' AND ')} ${newestOf(filter)})`
}

/** Those that name it, and those from a time when nothing had the name: two indexes, so two questions. */
function denialsOfService({ id, name }: { readonly id: string | null; readonly name: string }): Prisma.Sql[] {
  const byName = Prisma.sql`"service_id" IS NULL AND "service_name" = ${name}`
  return id === null ? [byName] : [byName, Prisma.sql`"service_id" = ${id}::uuid`]
}

/**
 * By its id alone. The tables are partitioned and indexed by time, and a UUIDv7 says when it was made: at the latest a
 * fold's minute after the first request of the record (`DenialRecorder`), and before the database wrote its instant.
 */
export async function findDecisionRow(db: Reader, id: string): Promise<DecisionRow | null> {
  const madeMs = parseInt(id.replaceAll('-', '').slice(0, 12), 16)
  // Beyond the year 9999: an id that nobody made, and an instant that PostgreSQL would not read.
  if (madeMs > 253_402_000_000_000) return null
  const from = new Date(Math.max(0, madeMs - 120_000)).toISOString()
  const to = new Date(madeMs + 60_000).toISOString()
  const rows = await db.$queryRaw<DecisionRow[]>`
    SELECT ${decisionColumns} FROM "decision_record"
     WHERE "at" >= ${from}::timestamptz AND "at" <= ${to}::timestamptz AND "id" = ${id}::uuid LIMIT 1`
  return rows[0] ?? null
}

export interface RecordNames {
  readonly services: ReadonlyMap<string, string>
  readonly gateways: ReadonlyMap<string, string>
  readonly machines: ReadonlyMap<string, string>
}

/** What the things that records point at are called now. What is gone is missing. */
export async function findRecordNames(db: Reader, rows: readonly DecisionRow[]): Promise<RecordNames> {
  const ids = (pick: (row: DecisionRow) => string | null) => [...new Set(rows.flatMap((row) => pick(row) ?? []))]
  const services = await db.service.findMany({
    where: { id: { in: ids((row) => row.serviceId) } },
    select: { id: true, slug: true },
  })
  const gateways = await db.gateway.findMany({
    where: { id: { in: ids((row) => row.gatewayId) } },
    select: { id: true, name: true },
  })
  const machines = await db.machine.findMany({
    where: { id: { in: ids((row) => row.machineId) } },
    select: { id: true, name: true },
  })
  return {
    services: new Map(services.map((row) => [row.id, row.slug])),
    gateways: new Map(gateways.map((row) => [row.id, row.name])),
    machines: new Map(machines.map((row) => [row.id, row.name])),
  }
}
