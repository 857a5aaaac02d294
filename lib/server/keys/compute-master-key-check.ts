import { createHmac } from 'node:crypto'
import type { MasterKey } from './master-key'

/**
 * The value beside the deployment that tells whether a master key is the right one: HMAC-SHA256 under the key of purpose
 * `key-check` over the deployment's id and the key's version. It says nothing about a random key of 256 bits.
 *
 * @param deploymentId the UUID of the row
 */
export function computeMasterKeyCheck(masterKey: MasterKey, deploymentId: string): Buffer {
  return createHmac('sha256', masterKey.deriveKey('key-check'))
    .update(['countersign/master-key-check/v1', deploymentId, String(masterKey.version)].join('\0'))
    .digest()
}
