import { formatId } from '@/lib/domain/ids'
import { insertAuditEvent } from '../audit/audit-store'
import type { Dependencies } from '../dependencies'
import { newUuid } from '../new-uuid'
import type { Settings } from '../settings'
import { computeMasterKeyCheck } from './compute-master-key-check'
import { checkDatabaseIdentity } from './check-database-identity'
import { DeploymentError } from './deployment-error'
import type { DeploymentKeys } from './deployment-keys'
import { createDeploymentOnce, findDeployment, type DeploymentRow } from './deployment-store'
import { loadMasterKey } from './load-master-key'
import { deploymentKeyPurposes, makeDeploymentKey } from './make-deployment-key'
import type { MasterKey } from './master-key'
import { openDeploymentKeys } from './open-deployment-keys'
import { openCheckedMasterKey } from './open-checked-master-key'
import { openMasterKey } from './open-master-key'
import { systemActor } from './system-actor'

export interface OpenDeployment {
  /** `id` is `dep_…`. */
  readonly deployment: { readonly id: string; readonly trustDomain: string }
  readonly masterKey: MasterKey
  readonly keys: DeploymentKeys
}

type DeploymentSettings = Pick<
  Settings,
  'masterKeyFile' | 'masterKey' | 'configDirectory' | 'databaseUrl' | 'trustDomain'
>

const defaultTrustDomain = 'countersign.local'

/**
 * Opens the deployment that stands in the database, or makes it at first start with its keys, in one transaction.
 * Of two nodes that start at once on an empty database, one makes it and both open it.
 *
 * Throws `DeploymentError` when this process must not go on: another master key, another trust domain.
 */
export async function openDeployment(
  options: Pick<Dependencies, 'prisma' | 'log' | 'now'> & { readonly settings: DeploymentSettings },
): Promise<OpenDeployment> {
  const { prisma, settings, log, now } = options
  const row = (await findDeployment(prisma)) ?? (await createDeployment(options))

  const deploymentId = formatId('dep', row.id)
  const { masterKey } = await openCheckedMasterKey(settings, row)
  if (settings.trustDomain !== undefined && settings.trustDomain !== row.trustDomain) {
    throw new DeploymentError(
      `COUNTERSIGN_TRUST_DOMAIN is ${settings.trustDomain}, but this deployment was made for ${row.trustDomain}. ` +
        'It is part of every machine’s identity and fixed at first start: leave the variable away, or set it to the old value.',
    )
  }
  await checkDatabaseIdentity({ prisma, log, now })
  const keys = await openDeploymentKeys({ prisma, masterKey, now })
  return { deployment: { id: deploymentId, trustDomain: row.trustDomain }, masterKey, keys }
}

async function createDeployment(
  options: Pick<Dependencies, 'prisma' | 'log' | 'now'> & { readonly settings: DeploymentSettings },
): Promise<DeploymentRow> {
  const { prisma, settings, log, now } = options
  const id = newUuid()
  const deploymentId = formatId('dep', id)
  const masterKey = openMasterKey(await loadMasterKey({ settings, deploymentId, isFirstStart: true }))
  const createdAt = now()
  const mine = {
    id,
    trustDomain: settings.trustDomain ?? defaultTrustDomain,
    masterKeyVersion: masterKey.version,
    masterKeyCheck: computeMasterKeyCheck(masterKey, id),
    createdAt,
  }
  const keys = deploymentKeyPurposes.map((purpose) => makeDeploymentKey(purpose, masterKey, createdAt))
  const row = await prisma.$transaction(async (tx) => {
    const made = await createDeploymentOnce(tx, mine, keys)
    if (made.id === id) {
      await insertAuditEvent(tx, {
        action: 'deployment.start',
        actor: systemActor,
        target: { id: deploymentId, name: mine.trustDomain },
        detail: { keys: keys.map(({ kid, purpose }) => ({ kid, purpose })) },
        at: createdAt,
      })
    }
    return made
  })
  if (row.id === id) log.info({ deployment: deploymentId, trustDomain: row.trustDomain }, 'made a new deployment')
  return row
}
