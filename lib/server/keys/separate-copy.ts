import type { AuditActor } from '@/lib/domain/audit/audit-action'
import { formatId } from '@/lib/domain/ids'
import { insertAuditEvent } from '../audit/audit-store'
import type { PrismaClient } from '../database/generated/client'
import { insertDeploymentKeys } from './deployment-key-store'
import { refuseEarlierCredentials, updateDatabaseIdentity } from './deployment-store'
import { DeploymentError } from './deployment-error'
import { deploymentKeyPurposes, makeDeploymentKey } from './make-deployment-key'
import type { MasterKey } from './master-key'
import { toleranceSeconds } from './record-restore'
import { replaceTrustDomain } from './restore-store'

/**
 * Makes a copy of a deployment one of its own, for tests: another trust domain, other keys, and no machine of the original.
 * Without it the copy could sign assertions that the original's backends believe, and would accept what its machines sign.
 * Call it before a server starts on the copy.
 *
 * Throws `DeploymentError` when the trust domain is the one it has.
 */
export async function separateCopy(
  prisma: PrismaClient,
  options: {
    readonly masterKey: MasterKey
    readonly trustDomain: string
    readonly actor: AuditActor
    readonly now: () => Date
  },
): Promise<void> {
  const { masterKey, trustDomain, actor, now } = options
  const at = now()
  const keys = deploymentKeyPurposes.map((purpose) => makeDeploymentKey(purpose, masterKey, at))
  await prisma.$transaction(async (tx) => {
    const before = await updateDatabaseIdentity(tx)
    if (before.trustDomain === trustDomain) {
      throw new DeploymentError(`The copy needs a trust domain of its own; ${trustDomain} is the original’s.`)
    }
    await replaceTrustDomain(tx, trustDomain, at)
    await refuseEarlierCredentials(tx, toleranceSeconds)
    await insertDeploymentKeys(tx, keys)
    await insertAuditEvent(tx, {
      action: 'deployment.separate',
      actor,
      target: { id: formatId('dep', before.deploymentId), name: trustDomain },
      reason: `A copy of ${before.trustDomain} with a trust domain and keys of its own.`,
      detail: { keys: keys.map(({ kid, purpose }) => ({ kid, purpose })) },
      at,
    })
  })
}
