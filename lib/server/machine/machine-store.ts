import type { Labels } from '@/lib/domain/label/labels'
import type { MachineSort } from '@/lib/contract/machines'
import type { MachineState } from '@/lib/domain/machine/machine-state'
import { auditEventInsert, type NewAuditEvent } from '../audit/audit-store'
import type { Reader } from '../audit/transaction'
import { Prisma } from '../database/generated/client'

export interface MachineRow {
  readonly id: string
  readonly name: string
  readonly state: string
  readonly stateReason: string | null
  readonly stateChangedAt: Date
  /** A whole number of 64 bits, as text. */
  readonly version: string
  readonly generation: number
  readonly generationStartedAt: Date
  readonly requestAlgorithm: string
  readonly labels: unknown
  readonly reported: unknown
  readonly lifetimeSeconds: number
  readonly expiresAt: Date
  readonly enrolledAt: Date
  readonly enrolledFrom: string | null
  readonly joinTokenId: string | null
}

export interface ListedMachineRow extends MachineRow {
  /** `enrolledAt` with its microseconds, for the cursor. */
  readonly enrolledAtText: string
}

export interface MachineFilter {
  readonly state?: MachineState | undefined
  readonly name?: string | undefined
  readonly namePrefix?: string | undefined
  readonly labels?: Labels | undefined
  readonly sort: MachineSort
  /** The last row of the page before. */
  readonly after?: { readonly enrolledAt: string; readonly id: string } | undefined
  readonly now: Date
  readonly limit: number
}

const machineColumns = Prisma.sql`
  "id", "name", "state", "state_reason" AS "stateReason", "state_changed_at" AS "stateChangedAt", "version"::text,
  "generation", "generation_started_at" AS "generationStartedAt", "request_algorithm" AS "requestAlgorithm",
  "labels", "reported", "lifetime_seconds" AS "lifetimeSeconds", "expires_at" AS "expiresAt",
  "enrolled_at" AS "enrolledAt", "enrolled_from" AS "enrolledFrom", "join_token_id" AS "joinTokenId"`

/** As SQL, which costs a third of the same question in Prisma's terms: a revocation waits for it. */
export async function findMachine(db: Reader, id: string): Promise<MachineRow | null> {
  const [row] = await db.$queryRaw<MachineRow[]>`SELECT ${machineColumns} FROM "machine" WHERE "id" = ${id}::uuid`
  return row ?? null
}

/**
 * Names with the same beginning: so few are found by their index and sorted; among more the order of the list soon comes
 * to a page of them. The planner cannot tell, because it takes names and the order of enrolment for unrelated.
 */
const fewNames = 2_000

/** A page at a time over the indexes of the table. */
export async function listMachineRows(db: Reader, filter: MachineFilter): Promise<ListedMachineRow[]> {
  const { name, namePrefix, labels, after } = filter
  const order = orders[filter.sort]
  const hasPrefix = namePrefix === undefined ? null : Prisma.sql`"name" LIKE ${`${escapeLike(namePrefix)}%`}`
  const areFew = hasPrefix !== null && !order.isByName && (await countUpTo(db, hasPrefix, fewNames + 1)) <= fewNames
  const conditions = [
    ...inState(filter.state, filter.now),
    ...(name !== undefined ? [Prisma.sql`"name" = ${name}`] : []),
    ...(hasPrefix !== null && !areFew ? [hasPrefix] : []),
    ...(labels !== undefined ? [Prisma.sql`"labels" @> ${JSON.stringify(labels)}::jsonb`] : []),
    ...(after ? [order.after(after)] : []),
  ]
  // OFFSET keeps the planner from looking into the subquery: the names are found first.
  const from = areFew ? Prisma.sql`(SELECT * FROM "machine" WHERE ${hasPrefix} OFFSET 0) AS m` : Prisma.sql`"machine"`
  return db.$queryRaw<ListedMachineRow[]>`
    SELECT ${machineColumns},
           to_char("enrolled_at" AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "enrolledAtText"
      FROM ${from} ${conditions.length > 0 ? Prisma.sql`WHERE ${Prisma.join(conditions, ' AND ')}` : Prisma.empty}
     ORDER BY ${order.by} LIMIT ${filter.limit}`
}

async function countUpTo(db: Reader, condition: Prisma.Sql, limit: number): Promise<number> {
  const [row] = await db.$queryRaw<{ count: number }[]>`
    SELECT count(*)::integer AS "count" FROM (SELECT 1 FROM "machine" WHERE ${condition} ORDER BY "name" USING ~<~ LIMIT ${limit}) AS m`
  return row?.count ?? 0
}

interface Edge {
  readonly enrolledAt: string
  readonly id: string
}

/**
 * Names sort by their bytes, as their index does (`text_pattern_ops`), and go on after the name that the last machine has:
 * a cursor holds only its id, because names are as long and as strange as machines like.
 */
const nameOf = (edge: Edge) => Prisma.sql`(SELECT e."name" FROM "machine" e WHERE e."id" = ${edge.id}::uuid)`

const orders: Readonly<
  Record<MachineSort, { readonly by: Prisma.Sql; readonly isByName: boolean; after(edge: Edge): Prisma.Sql }>
> = {
  '-enrolledAt': {
    by: Prisma.sql`"enrolled_at" DESC, "id" DESC`,
    isByName: false,
    after: (edge) => Prisma.sql`("enrolled_at", "id") < (${edge.enrolledAt}::timestamptz, ${edge.id}::uuid)`,
  },
  enrolledAt: {
    by: Prisma.sql`"enrolled_at", "id"`,
    isByName: false,
    after: (edge) => Prisma.sql`("enrolled_at", "id") > (${edge.enrolledAt}::timestamptz, ${edge.id}::uuid)`,
  },
  name: {
    by: Prisma.sql`"name" USING ~<~, "id"`,
    isByName: true,
    after: (edge) =>
      Prisma.sql`"name" ~>=~ ${nameOf(edge)} AND ("name" ~>~ ${nameOf(edge)} OR "id" > ${edge.id}::uuid)`,
  },
  '-name': {
    by: Prisma.sql`"name" USING ~>~, "id" DESC`,
    isByName: true,
    after: (edge) =>
      Prisma.sql`"name" ~<=~ ${nameOf(edge)} AND ("name" ~<~ ${nameOf(edge)} OR "id" < ${edge.id}::uuid)`,
  },
}

/** As `machineStateAt` says it: one that did not renew in time has expired, whatever the column says. */
function inState(state: MachineState | undefined, now: Date): Prisma.Sql[] {
  const at = Prisma.sql`${now.toISOString()}::timestamptz`
  if (state === undefined) return []
  if (state === 'active') return [Prisma.sql`"state" = 'active' AND "expires_at" > ${at}`]
  if (state === 'expired') return [Prisma.sql`("state" = 'expired' OR ("state" = 'active' AND "expires_at" <= ${at}))`]
  return [Prisma.sql`"state" = ${state}`]
}

function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, (character) => `\\${character}`)
}

export interface GenerationRow {
  readonly generation: number
  readonly createdAt: Date
  readonly expiresAt: Date
  readonly supersededAt: Date | null
  readonly signingThumbprint: string
  readonly agreementThumbprint: string
  readonly generatorKid: string
  readonly lastSeq: bigint | null
}

/** Newest first. */
export async function listGenerations(db: Reader, machineId: string, limit: number): Promise<GenerationRow[]> {
  return db.generation.findMany({
    where: { machineId },
    select: {
      generation: true,
      createdAt: true,
      expiresAt: true,
      supersededAt: true,
      signingThumbprint: true,
      agreementThumbprint: true,
      generatorKid: true,
      lastSeq: true,
    },
    orderBy: { generation: 'desc' },
    take: limit,
  })
}

export interface MachineChange {
  readonly state?: MachineState
  readonly stateReason?: string | null
  readonly stateChangedAt?: Date
  readonly labels?: Labels
}

export interface ChangedMachineRow extends MachineRow {
  /** Services that the machine asks about as a gateway, whose versions have grown with the machine's. */
  readonly bumpedServiceIds: string[]
}

/**
 * The whole change of a machine that is still as it was read: the next version of its row, of the services that it asks about
 * as a gateway, and the audit event. No row when the machine has changed since. In `runStatement`.
 *
 * Its UPDATE waits for the decision batches that share-lock the row: they still saw the machine as it was, every later one
 * sees it as it is now. Locks are taken in the order of the decision statement: the machine, then services by their ids.
 */
export function machineChange(
  before: Pick<MachineRow, 'id' | 'version'>,
  { state, stateReason, stateChangedAt, labels }: MachineChange,
  event: NewAuditEvent,
): Prisma.Sql {
  const assignments = [
    Prisma.sql`"version" = "version" + 1`,
    ...(state !== undefined ? [Prisma.sql`"state" = ${state}`] : []),
    ...(stateReason !== undefined ? [Prisma.sql`"state_reason" = ${stateReason}`] : []),
    ...(stateChangedAt ? [Prisma.sql`"state_changed_at" = ${stateChangedAt.toISOString()}::timestamptz`] : []),
    ...(labels ? [Prisma.sql`"labels" = ${JSON.stringify(labels)}::jsonb`] : []),
  ]
  const isChanged = Prisma.sql`EXISTS (SELECT FROM "changed")`
  return Prisma.sql`
    WITH "changed" AS (
      UPDATE "machine" SET ${Prisma.join(assignments)}
       WHERE "id" = ${before.id}::uuid AND "version" = ${before.version}::bigint RETURNING ${machineColumns}
    ), "locked" AS (
      SELECT s."id" FROM "service" s
       WHERE ${isChanged} AND s."id" IN (SELECT l."service_id" FROM "gateway_service" l JOIN "gateway" g ON g."id" = l."gateway_id"
                                          WHERE g."machine_id" = ${before.id}::uuid)
       ORDER BY s."id" FOR NO KEY UPDATE
    ), "bumped" AS (
      UPDATE "service" SET "version" = "version" + 1 WHERE "id" IN (SELECT "id" FROM "locked") RETURNING "id"
    ), "written" AS (${auditEventInsert(event, isChanged)})
    SELECT "changed".*, ARRAY(SELECT "id"::text FROM "bumped") AS "bumpedServiceIds" FROM "changed"`
}

export interface MachineUse {
  /** Instant of the last allow on record, or null. */
  readonly lastAllowedAt: Date | null
  /** Services that the machine asks about as a gateway. */
  readonly gatewayServiceIds: string[]
}

/**
 * What a change of this machine concerned, in one trip. After a change that ends its allows, the last allow is the very last:
 * batches that saw the machine as it was have committed before the change did.
 */
export async function findMachineUse(db: Reader, id: string): Promise<MachineUse> {
  const [use] = await db.$queryRaw<MachineUse[]>`
    SELECT (SELECT d."at" FROM "decision" d WHERE d."machine_id" = ${id}::uuid ORDER BY d."at" DESC LIMIT 1) AS "lastAllowedAt",
           ARRAY(SELECT l."service_id"::text FROM "gateway_service" l JOIN "gateway" g ON g."id" = l."gateway_id"
                  WHERE g."machine_id" = ${id}::uuid) AS "gatewayServiceIds"`
  return use ?? { lastAllowedAt: null, gatewayServiceIds: [] }
}
