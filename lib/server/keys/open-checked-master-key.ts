import { timingSafeEqual } from 'node:crypto'
import { formatId } from '@/lib/domain/ids'
import type { Settings } from '../settings'
import { computeMasterKeyCheck } from './compute-master-key-check'
import { DeploymentError } from './deployment-error'
import type { DeploymentRow } from './deployment-store'
import { loadMasterKey } from './load-master-key'
import type { MasterKey } from './master-key'
import { openMasterKey } from './open-master-key'

/**
 * The master key from where the settings say, and in words where that is. Throws `DeploymentError` when it is not the one that
 * this deployment was made with.
 */
export async function openCheckedMasterKey(
  settings: Pick<Settings, 'masterKeyFile' | 'masterKey' | 'configDirectory' | 'databaseUrl'>,
  deployment: Pick<DeploymentRow, 'id' | 'masterKeyVersion' | 'masterKeyCheck'>,
): Promise<{ readonly masterKey: MasterKey; readonly source: string }> {
  const deploymentId = formatId('dep', deployment.id)
  const loaded = await loadMasterKey({ settings, deploymentId, isFirstStart: false })
  const masterKey = openMasterKey(loaded)
  const check = computeMasterKeyCheck(masterKey, deployment.id)
  if (deployment.masterKeyCheck.length !== check.length || !timingSafeEqual(check, deployment.masterKeyCheck)) {
    throw new DeploymentError(
      `${loaded.source} is not the master key of this database (deployment ${deploymentId}, version ` +
        `${deployment.masterKeyVersion}). Start with the key that the database was made with, the same on every node; ` +
        'without it nothing can open the deployment’s keys, and machines have to enrol with a new deployment.',
    )
  }
  return { masterKey, source: loaded.source }
}
