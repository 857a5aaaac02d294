import type { Reader } from '../audit/transaction'
import { Prisma } from '../database/generated/client'

export interface DecisionFilter {
  readonly machineId?: string | undefined
  /** Records of this service; those that named a service nobody has carry only the name. */
  readonly service?: { readonly id: string | null; readonly name: string } | undefined
  readonly outcome?: string | undefined
  readonly code?: string | undefined
  readonly since?: Date | undefined
  readonly until?: Date | undefined
  readonly before?: { readonly at: string; readonly id: string } | undefined
  readonly limit: number
}

export interface DecisionRow {
  readonly id: string
  readonly at: Date
  /** The same instant with its microseconds, for the cursor. */
  readonly atText: string
  readonly outcome: string
  readonly code: string | null
  readonly detail: string | null
  readonly count: number
  readonly lastAt: Date
  readonly serviceId: string | null
  readonly serviceName: string | null
  readonly gatewayId: string | null
  readonly machineId: string | null
  readonly generation: number | null
  readonly useKey: string | null
  readonly conflictingDecisionId: string | null
  readonly method: string | null
  readonly authority: string | null
  readonly reportedAuthority: string | null
  readonly path: string | null
  readonly queryNames: string[]
  readonly content: string | null
  readonly sourceAddress: string | null
}

const columns = Prisma.sql`
           "id", "at", to_char("at" AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "atText",
           "outcome", "code", "detail", "count", "last_at" AS "lastAt", "service_id" AS "serviceId",
           "service_name" AS "serviceName", "gateway_id" AS "gatewayId", "machine_id" AS "machineId", "generation",
           "use_key" AS "useKey", "conflicting_decision_id" AS "conflictingDecisionId", "method", "authority",
           "reported_authority" AS "reportedAuthority", "path", "query_names" AS "queryNames", "content",
           "source_address" AS "sourceAddress"`

/** Allows and denials as one list, newest first. */
export async function listDecisionRows(db: Reader, filter: DecisionFilter): Promise<DecisionRow[]> {
  const { machineId, service, outcome, code, since, until, before } = filter
  const conditions = [
    ...(machineId !== undefined ? [Prisma.sql`"machine_id" = ${machineId}::uuid`] : []),
    ...(service !== undefined ? [ofService(service)] : []),
    ...(outcome !== undefined ? [Prisma.sql`"outcome" = ${outcome}`] : []),
    ...(code !== undefined ? [Prisma.sql`"code" = ${code}`] : []),
    ...(since ? [Prisma.sql`"at" >= ${since.toISOString()}::timestamptz`] : []),
    ...(until ? [Prisma.sql`"at" < ${until.toISOString()}::timestamptz`] : []),
    ...(before ? [Prisma.sql`("at", "id") < (${before.at}::timestamptz, ${before.id}::uuid)`] : []),
  ]
  return db.$queryRaw<DecisionRow[]>`
    SELECT ${columns} FROM "decision_record" ${conditions.length > 0 ? Prisma.sql`WHERE ${Prisma.join(conditions, ' AND ')}` : Prisma.empty}
     ORDER BY "at" DESC, "id" DESC LIMIT ${filter.limit}`
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
    SELECT ${columns} FROM "decision_record"
     WHERE "at" >= ${from}::timestamptz AND "at" <= ${to}::timestamptz AND "id" = ${id}::uuid LIMIT 1`
  return rows[0] ?? null
}

function ofService(service: { readonly id: string | null; readonly name: string }): Prisma.Sql {
  return service.id === null
    ? Prisma.sql`"service_name" = ${service.name}`
    : Prisma.sql`("service_id" = ${service.id}::uuid OR "service_name" = ${service.name})`
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
