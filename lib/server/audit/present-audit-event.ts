import type { AuditEvent } from '@/lib/contract/audit-events'
import { auditActorTypes } from '@/lib/domain/audit/audit-action'
import { formatId } from '@/lib/domain/ids'
import type { AuditEventRow } from './audit-store'

/** An audit event as the API shows it. */
export function presentAuditEvent(row: AuditEventRow): AuditEvent {
  return {
    id: formatId('evt', row.id),
    at: row.at.toISOString(),
    action: row.action,
    actor: {
      // The table's CHECK knows the same types; one that a newer version wrote is shown as the system's.
      type: auditActorTypes.find((type) => type === row.actorType) ?? 'system',
      id: row.actorId,
      name: row.actorName,
    },
    target: { type: row.targetType, id: row.targetId, name: row.targetName },
    reason: row.reason,
    detail: isObject(row.detail) ? row.detail : {},
    requestId: row.requestId,
    address: row.address,
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
