import type { listAuditEvents as operation, AuditEvent } from '@/lib/contract/audit-events'
import type { Page } from '@/lib/contract/common'
import type { OperationInput } from '@/lib/contract/operation'
import { done, type Outcome } from '@/lib/domain/refusal'
import type { Dependencies } from '../dependencies'
import { decodeCursor, pageFromRows } from '../http/page-cursor'
import { listAuditEventRows } from './audit-store'
import { presentAuditEvent } from './present-audit-event'

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
    actorType: query.actorType,
    actorId: query.actor,
    targetId: query.target,
    since: query.since === undefined ? undefined : new Date(query.since),
    until: query.until === undefined ? undefined : new Date(query.until),
    before: at === undefined || id === undefined ? undefined : { at, id },
    limit: query.limit + 1,
  })
  return done(pageFromRows(rows, query.limit, list, presentAuditEvent, (row) => [row.atText, row.id]))
}
