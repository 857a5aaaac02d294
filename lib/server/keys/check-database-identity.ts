import type { Logger } from 'pino'
import { formatId } from '@/lib/domain/ids'
import { insertAuditEvent } from '../audit/audit-store'
import type { PrismaClient } from '../database/generated/client'
import { refuseEarlierCredentials, updateDatabaseIdentity } from './deployment-store'
import { recordRestore, toleranceSeconds } from './record-restore'
import { systemActor } from './system-actor'

/**
 * Call it at start and after every reconnect. When the database is on another timeline than before (a failover), spent
 * credentials may have come back, so credentials created before now are refused from here on. When it is another cluster,
 * it was restored from a backup: then no machine is active either, until somebody says what is missing.
 *
 * Not noticed: a data directory copied back while nothing runs, and a dump loaded into the same cluster; who restores says
 * so himself (`declareRestored`). docs/operate/failover.md.
 */
export async function checkDatabaseIdentity(options: {
  prisma: PrismaClient
  log: Logger
  now: () => Date
}): Promise<{ outcome: 'same' | 'promoted' | 'restored' }> {
  const { prisma, log, now } = options
  const at = now()
  const update = await prisma.$transaction(async (tx) => {
    const found = await updateDatabaseIdentity(tx)
    if (found.outcome === 'same') return { ...found, machines: 0 }
    const { machines } = found.outcome === 'restored' ? await recordRestore(tx) : { machines: 0 }
    if (found.outcome === 'promoted') await refuseEarlierCredentials(tx, toleranceSeconds)
    await insertAuditEvent(tx, {
      action: 'deployment.restore_detected',
      actor: systemActor,
      target: { id: formatId('dep', found.deploymentId), name: found.trustDomain },
      reason: reasons[found.outcome],
      detail: { before: { ...found.before }, after: { ...found.after }, machines },
      at,
    })
    return { ...found, machines }
  })
  const { outcome, deploymentId, before, after, machines } = update
  if (outcome !== 'same')
    log.warn({ deployment: formatId('dep', deploymentId), before, after, machines }, reasons[outcome])
  return { outcome }
}

const reasons = {
  promoted: 'The database is on another timeline than before. Credentials created before now are refused.',
  restored:
    'The database is another cluster than before. Credentials created before now are refused, and no machine is active ' +
    'until it enrols anew or an operator says since when data are missing.',
} as const
