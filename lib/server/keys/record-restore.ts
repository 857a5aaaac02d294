import type { Prisma } from '../database/generated/client'
import { refuseEarlierCredentials } from './deployment-store'
import { expireActiveMachines, markRestored } from './restore-store'

/** Protocol.md, section 5: as far as a machine's clock may be off. */
export const toleranceSeconds = 30

/**
 * What a restore from a backup means, whoever noticed it: credentials from before are refused, and no machine is active until
 * it enrols anew or an operator says since when data are missing (`stateMissingData`). Call it in the transaction that
 * writes the audit event. Returns how many machines it ended.
 */
export async function recordRestore(tx: Prisma.TransactionClient): Promise<{ readonly machines: number }> {
  await refuseEarlierCredentials(tx, toleranceSeconds)
  await markRestored(tx)
  return { machines: await expireActiveMachines(tx, 'The database was restored from a backup.') }
}
