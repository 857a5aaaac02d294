import type { AuditEvent } from '@/lib/contract/audit-events'
import { parseId } from '@/lib/domain/ids'
import { done, refuse, type Outcome } from '@/lib/domain/refusal'
import type { Dependencies } from '../dependencies'
import { findAuditEventRow } from './audit-store'
import { presentAuditEvent } from './present-audit-event'

/** One audit event. */
export async function getAuditEvent(deps: Dependencies, eventId: string): Promise<Outcome<AuditEvent>> {
  const id = parseId('evt', eventId)
  const row = id === null ? null : await findAuditEventRow(deps.prisma, id)
  return row === null ? refuse('not_found', `There is no audit event ${eventId}.`) : done(presentAuditEvent(row))
}
