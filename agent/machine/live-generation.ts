import type { KeyObject } from 'node:crypto'
import {
  computeJwkThumbprint,
  deriveEpochKey,
  deriveSharedSecret,
  epochOf,
  type AgreementPublicJwk,
  type EpochKey,
  type ParsedPublicJwk,
  type SignatureAlgorithm,
  type SigningKeyForRequests,
} from '@/lib/protocol'
import { exportAgreementPublicJwk } from '../store/private-keys'
import { notBelieved } from '../server/verify-server-answer'

/** A generation in the process that obtained it: the only thing that can countersign requests. Never leaves memory. */
export interface LiveGeneration {
  readonly generation: number
  /** `mach_….3` */
  readonly keyid: string
  /** The key for a credential created at this second. */
  keyFor(created: number): SigningKeyForRequests
}

/** Around the change of an epoch both neighbours are in use; more are never needed. */
const KEPT_EPOCHS = 3

export function createLiveGeneration(options: {
  machineId: string
  generation: number
  trustDomain: string
  requestAlgorithm: SignatureAlgorithm
  signingKey: KeyObject
  agreementKey: KeyObject
  generatorKey: ParsedPublicJwk<AgreementPublicJwk>
}): LiveGeneration {
  const { machineId, generation, trustDomain, requestAlgorithm, signingKey, generatorKey } = options
  const keyid = `${machineId}.${generation}`
  if (requestAlgorithm !== 'hmac-sha256') {
    return { generation, keyid, keyFor: () => ({ alg: requestAlgorithm, key: signingKey }) }
  }
  const agreement = deriveSharedSecret(options.agreementKey, generatorKey.key)
  if (agreement.outcome === 'refused') throw notBelieved(agreement.detail)
  const agreementThumbprint = computeJwkThumbprint(exportAgreementPublicJwk(options.agreementKey))
  const epochKeys = new Map<number, EpochKey<'request'>>()
  return {
    generation,
    keyid,
    keyFor: (created) => {
      const epoch = epochOf(created)
      let key = epochKeys.get(epoch)
      if (key === undefined) {
        key = deriveEpochKey({
          shared: agreement.shared,
          trustDomain,
          machineId,
          generation,
          epoch,
          purpose: 'request',
          agreementThumbprint,
          generatorThumbprint: generatorKey.thumbprint,
        })
        epochKeys.set(epoch, key)
        for (const old of epochKeys.keys()) {
          if (epochKeys.size <= KEPT_EPOCHS) break
          epochKeys.delete(old)
        }
      }
      return { alg: 'hmac-sha256', key }
    },
  }
}
