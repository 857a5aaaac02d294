import { Prisma } from '../database/generated/client'

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

/** As `DecisionRow` names them, of the view `decision_record`. */
export const decisionColumns = Prisma.sql`
           "id", "at", to_char("at" AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "atText",
           "outcome", "code", "detail", "count", "last_at" AS "lastAt", "service_id" AS "serviceId",
           "service_name" AS "serviceName", "gateway_id" AS "gatewayId", "machine_id" AS "machineId", "generation",
           "use_key" AS "useKey", "conflicting_decision_id" AS "conflictingDecisionId", "method", "authority",
           "reported_authority" AS "reportedAuthority", "path", "query_names" AS "queryNames", "content",
           "source_address" AS "sourceAddress"`

/** Which stretch of a list: times, the last row of the page before, and how many rows. */
export interface DecisionStretch {
  readonly since?: Date | undefined
  readonly until?: Date | undefined
  readonly before?: { readonly at: string; readonly id: string } | undefined
  readonly limit: number
}

export function withinTime({ since, until, before }: Omit<DecisionStretch, 'limit'>): Prisma.Sql[] {
  return [
    ...(since ? [Prisma.sql`"at" >= ${since.toISOString()}::timestamptz`] : []),
    ...(until ? [Prisma.sql`"at" < ${until.toISOString()}::timestamptz`] : []),
    ...(before ? [Prisma.sql`("at", "id") < (${before.at}::timestamptz, ${before.id}::uuid)`] : []),
  ]
}

export function newestOf({ limit }: Pick<DecisionStretch, 'limit'>): Prisma.Sql {
  return Prisma.sql`ORDER BY "at" DESC, "id" DESC LIMIT ${limit}`
}

/** The order of every list of decisions, to the microsecond. */
export function newestFirst(a: DecisionRow, b: DecisionRow): number {
  return compare(b.atText, a.atText) || compare(b.id, a.id)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
