import { formatId } from '@/lib/domain/ids'
import type { AuditActor } from '@/lib/domain/audit/audit-action'
import { insertAuditEvent } from '../audit/audit-store'
import type { PrismaClient } from '../database/generated/client'
import { updateDatabaseIdentity } from './deployment-store'

/**
 * Says that this database is the whole of what stood on another server, and that the other one is not in use any more: a move
 * (embedded to PostgreSQL, a major upgrade), in which nothing is missing. The machines stay as they are, and so do their
 * credentials: what was spent is on record here. Call it after the last row was copied and before a server starts on it.
 */
export async function adoptDatabase(
  prisma: PrismaClient,
  options: { readonly actor: AuditActor; readonly reason: string; readonly now: () => Date },
): Promise<void> {
  await prisma.$transaction(async (tx) => {
    const { deploymentId, trustDomain, before, after } = await updateDatabaseIdentity(tx)
    await insertAuditEvent(tx, {
      action: 'deployment.move',
      actor: options.actor,
      target: { id: formatId('dep', deploymentId), name: trustDomain },
      reason: options.reason,
      detail: { before: { ...before }, after: { ...after } },
      at: options.now(),
    })
  })
}
