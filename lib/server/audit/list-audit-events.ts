import type { listAuditEvents as operation, AuditEvent } from '@/lib/contract/audit-events'
import type { Page } from '@/lib/contract/common'
import type { OperationInput } from '@/lib/contract/operation'
import { auditActorTypes } from '@/lib/domain/audit/audit-action'
import { formatId } from '@/lib/domain/ids'
import { done, type Outcome } from '@/lib/domain/refusal'
import type { Dependencies } from '../dependencies'
import { decodeCursor, pageFromRows } from '../http/page-cursor'
import { listAuditEventRows, type AuditEventRow } from './audit-store'

const list = 'audit-events'

/** A page of the audit log, newest first. */
export async function listAuditEvents(
  deps: Dependencies,
  query: OperationInput<typeof operation>['query'],
): Promise<Outcome<Page<AuditEvent>>> {
  const cursor = decodeCursor(list, ['instant', 'uuid'], query.cursor)
  if (cursor.outcome === 'refused') return cursor
  const [at, id] = cursor.keys ?? []
  const rows = await listAuditEventRows(deps.prisma, {
    action: query.action,
    targetId: query.target,
    since: query.since === undefined ? undefined : new Date(query.since),
    until: query.until === undefined ? undefined : new Date(query.until),
    before: at === undefined || id === undefined ? undefined : { at, id },
    limit: query.limit + 1,
  })
  return done(pageFromRows(rows, query.limit, list, present, (row) => [row.atText, row.id]))
}

function present(row: AuditEventRow): AuditEvent {
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
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
