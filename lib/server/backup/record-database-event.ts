import type { AuditAction, AuditActor } from '@/lib/domain/audit/audit-action'
import { formatId } from '@/lib/domain/ids'
import { insertAuditEvent } from '../audit/audit-store'
import type { Database } from '../database/open-database'
import type { Prisma } from '../database/generated/client'
import { findDeployment } from '../keys/deployment-store'

/** Puts what was done to the database as a whole into its audit log. Throws where there is no deployment. */
export async function recordDatabaseEvent(
  { prisma }: Pick<Database, 'prisma'>,
  event: {
    readonly action: Extract<AuditAction, `deployment.${string}`>
    readonly actor: AuditActor
    readonly reason: string
    readonly detail?: Prisma.InputJsonObject
    readonly at: Date
  },
): Promise<void> {
  await prisma.$transaction(async (tx) => {
    const deployment = await findDeployment(tx)
    if (!deployment) throw new Error('The database holds no deployment: there is nothing to copy.')
    await insertAuditEvent(tx, {
      ...event,
      target: { id: formatId('dep', deployment.id), name: deployment.trustDomain },
    })
  })
}
