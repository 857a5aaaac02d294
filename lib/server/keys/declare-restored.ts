import { formatId } from '@/lib/domain/ids'
import type { AuditActor } from '@/lib/domain/audit/audit-action'
import { insertAuditEvent } from '../audit/audit-store'
import type { PrismaClient } from '../database/generated/client'
import { updateDatabaseIdentity } from './deployment-store'
import { recordRestore } from './record-restore'

/**
 * Says that this database was just loaded from a backup, for whoever restores: a dump loaded into the cluster that it came
 * from, and a data directory copied back, look like nothing had happened. Call it before a server starts on it.
 * Returns how many machines are no longer active.
 */
export async function declareRestored(
  prisma: PrismaClient,
  options: { readonly actor: AuditActor; readonly reason: string; readonly now: () => Date },
): Promise<{ readonly machines: number }> {
  return prisma.$transaction(async (tx) => {
    const { deploymentId, trustDomain } = await updateDatabaseIdentity(tx)
    const { machines } = await recordRestore(tx)
    await insertAuditEvent(tx, {
      action: 'deployment.restore_detected',
      actor: options.actor,
      target: { id: formatId('dep', deploymentId), name: trustDomain },
      reason: options.reason,
      detail: { machines },
      at: options.now(),
    })
    return { machines }
  })
}
