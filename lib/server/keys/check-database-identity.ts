import type { Logger } from 'pino'
import { formatId } from '@/lib/domain/ids'
import { insertAuditEvent } from '../audit/audit-store'
import type { PrismaClient } from '../database/generated/client'
import { updateDatabaseIdentity } from './deployment-store'
import { systemActor } from './system-actor'

/** Protocol.md, section 5: as far as a machine's clock may be off. */
const toleranceSeconds = 30

/**
 * Call it at start and after every reconnect: when the database is another cluster or timeline than before (a failover,
 * a restore), spent credentials may have come back, so credentials created before now are refused from here on.
 *
 * Not noticed: a data directory copied back while nothing runs, which keeps both. docs/keys.md says what to do then.
 */
export async function checkDatabaseIdentity(options: {
  prisma: PrismaClient
  log: Logger
  now: () => Date
}): Promise<{ outcome: 'same' | 'changed' }> {
  const { prisma, log, now } = options
  const at = now()
  const { deploymentId, before, after, isSame } = await prisma.$transaction(async (tx) => {
    const update = await updateDatabaseIdentity(tx, toleranceSeconds)
    if (!update.isSame) {
      const id = formatId('dep', update.deploymentId)
      await insertAuditEvent(tx, {
        action: 'deployment.restore_detected',
        actor: systemActor,
        target: { id, name: update.trustDomain },
        reason: 'The database is another server or timeline than before. Credentials created before now are refused.',
        detail: { before: { ...update.before }, after: { ...update.after } },
        at,
      })
    }
    return update
  })
  if (isSame) return { outcome: 'same' }
  log.warn(
    { deployment: formatId('dep', deploymentId), before, after },
    'the database server has changed: credentials created before now are refused',
  )
  return { outcome: 'changed' }
}
