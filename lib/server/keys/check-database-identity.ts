import type { Logger } from 'pino'
import type { PrismaClient } from '../database/generated/client'
import { updateDatabaseIdentity } from './deployment-store'

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
}): Promise<{ outcome: 'same' | 'changed' }> {
  const { before, now } = await options.prisma.$transaction((tx) => updateDatabaseIdentity(tx, toleranceSeconds))
  if (before.systemIdentifier === now.systemIdentifier && before.timeline === now.timeline) return { outcome: 'same' }
  options.log.warn({ before, now }, 'the database server has changed: credentials created before now are refused')
  return { outcome: 'changed' }
}
