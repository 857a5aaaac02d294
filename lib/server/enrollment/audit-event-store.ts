import type { AuditAction, AuditActor } from '@/lib/domain/audit/audit-action'
import { auditActions } from '@/lib/domain/audit/audit-action'
import type { Prisma } from '../database/generated/client'
import { newUuid } from '../new-uuid'

/** Writes an audit event in the transaction of the change that it records. */
export async function recordAuditEvent(
  tx: Prisma.TransactionClient,
  event: {
    readonly action: AuditAction
    readonly actor: AuditActor
    readonly target: { readonly id: string; readonly name: string }
    readonly reason?: string
    readonly detail: Prisma.InputJsonObject
    readonly requestId: string | null
  },
): Promise<void> {
  const { action, actor, target, reason = null, detail, requestId } = event
  await tx.$executeRaw`
    INSERT INTO "audit_event" ("id", "action", "actor_type", "actor_id", "actor_name", "target_type", "target_id",
                               "target_name", "reason", "detail", "request_id")
    VALUES (${newUuid()}::uuid, ${action}, ${actor.type}, ${actor.id}, ${actor.name}, ${auditActions[action].target},
            ${target.id}, ${target.name}, ${reason}, ${JSON.stringify(detail)}::jsonb, ${requestId})`
}
