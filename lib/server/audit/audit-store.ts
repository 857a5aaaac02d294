import { auditActions, type AuditAction, type AuditActor } from '@/lib/domain/audit/audit-action'
import { Prisma } from '../database/generated/client'
import { newUuid } from '../new-uuid'
import type { Reader, Transaction } from './transaction'

/** What happened, with everything by value: names stay as they were then. Secrets never enter it. */
export interface NewAuditEvent {
  readonly action: AuditAction
  readonly actor: AuditActor
  /** TypeID or kid, and the name, of what it was done to. */
  readonly target: { readonly id: string; readonly name: string }
  readonly reason?: string | null | undefined
  readonly detail?: Prisma.InputJsonObject
  readonly requestId?: string | undefined
  /** Where the call came from that did it; null where none did. */
  readonly address?: string | null | undefined
  readonly at: Date
}

/** Writes an event in the transaction of the change itself: one is never without the other. */
export async function insertAuditEvent(tx: Transaction, event: NewAuditEvent): Promise<void> {
  // As SQL, which costs a third of the same in Prisma's terms: the change that it belongs to holds locks.
  await tx.$executeRaw(auditEventInsert(event, Prisma.sql`true`))
}

/** The INSERT of one event where the condition holds, for a change that is one statement. */
export function auditEventInsert(event: NewAuditEvent, condition: Prisma.Sql): Prisma.Sql {
  const { actor, target, reason = null, requestId = null, address = null } = event
  return Prisma.sql`
    INSERT INTO "audit_event" ("id", "at", "action", "actor_type", "actor_id", "actor_name", "target_type", "target_id",
                               "target_name", "reason", "detail", "request_id", "address")
    SELECT ${newUuid()}::uuid, ${event.at.toISOString()}::timestamptz, ${event.action}, ${actor.type}, ${actor.id}, ${actor.name},
            ${auditActions[event.action].target}, ${target.id}, ${target.name}, ${reason},
            ${JSON.stringify(event.detail ?? {})}::jsonb, ${requestId}, ${address}
     WHERE ${condition}`
}

export interface AuditEventFilter {
  readonly action?: string | undefined
  readonly actorType?: string | undefined
  readonly actorId?: string | undefined
  readonly targetId?: string | undefined
  readonly since?: Date | undefined
  readonly until?: Date | undefined
  /** Instant in microseconds and id of the last event of the page before. */
  readonly before?: { readonly at: string; readonly id: string } | undefined
  readonly limit: number
}

export interface AuditEventRow {
  readonly id: string
  readonly at: Date
  /** The same instant with its microseconds, for the cursor. */
  readonly atText: string
  readonly action: string
  readonly actorType: string
  readonly actorId: string | null
  readonly actorName: string
  readonly targetType: string
  readonly targetId: string
  readonly targetName: string
  readonly reason: string | null
  readonly detail: unknown
  readonly requestId: string | null
  readonly address: string | null
}

const columns = Prisma.sql`
           "id", "at", to_char("at" AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "atText", "action",
           "actor_type" AS "actorType", "actor_id" AS "actorId", "actor_name" AS "actorName",
           "target_type" AS "targetType", "target_id" AS "targetId", "target_name" AS "targetName",
           "reason", "detail", "request_id" AS "requestId", "address"`

/** Newest first. In SQL of our own, because a `Date` has no microseconds and a cursor needs them. */
export async function listAuditEventRows(db: Reader, filter: AuditEventFilter): Promise<AuditEventRow[]> {
  const conditions = [
    Prisma.sql`true`,
    ...(filter.action ? [Prisma.sql`"action" = ${filter.action}`] : []),
    ...(filter.actorType ? [Prisma.sql`"actor_type" = ${filter.actorType}`] : []),
    ...(filter.actorId ? [Prisma.sql`"actor_id" = ${filter.actorId}`] : []),
    ...(filter.targetId ? [Prisma.sql`"target_id" = ${filter.targetId}`] : []),
    ...(filter.since ? [Prisma.sql`"at" >= ${filter.since.toISOString()}::timestamptz`] : []),
    ...(filter.until ? [Prisma.sql`"at" < ${filter.until.toISOString()}::timestamptz`] : []),
    ...(filter.before
      ? [Prisma.sql`("at", "id") < (${filter.before.at}::timestamptz, ${filter.before.id}::uuid)`]
      : []),
  ]
  return db.$queryRaw<AuditEventRow[]>`
    SELECT ${columns} FROM "audit_event" WHERE ${Prisma.join(conditions, ' AND ')}
     ORDER BY "audit_event"."at" DESC, "id" DESC LIMIT ${filter.limit}`
}

export async function findAuditEventRow(db: Reader, id: string): Promise<AuditEventRow | null> {
  const rows = await db.$queryRaw<AuditEventRow[]>`SELECT ${columns} FROM "audit_event" WHERE "id" = ${id}::uuid`
  return rows[0] ?? null
}
