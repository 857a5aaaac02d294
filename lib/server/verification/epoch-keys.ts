import { LRUCache } from 'lru-cache'
import { deriveEpochKey, deriveSharedSecret, epochOf, type EpochKey, type SharedSecret } from '@/lib/protocol'
import type { DeploymentKeys } from '../keys/deployment-keys'
import type { GenerationRecord, MachineRecord } from './verification-types'

const cachedGenerations = 50_000
/** Two epochs of a generation are in use around each change. */
const cachedEpochKeys = 100_000

/**
 * The keys that both sides build and nobody sends (protocol.md, section 3), in bounded caches: X25519 and HKDF cost
 * forty times as much as the MAC. Ask only after the time window was checked, or random `created` floods the cache.
 */
export class EpochKeys {
  readonly #keys: DeploymentKeys
  readonly #trustDomain: string
  readonly #shared = new LRUCache<string, SharedSecret>({ max: cachedGenerations })
  readonly #epochKeys = new LRUCache<string, EpochKey<'request'>>({ max: cachedEpochKeys })

  constructor(keys: DeploymentKeys, trustDomain: string) {
    this.#keys = keys
    this.#trustDomain = trustDomain
  }

  /** From memory. Input: `created` in seconds since 1970. */
  peek(thumbprint: string, created: number): EpochKey<'request'> | undefined {
    return this.#epochKeys.get(cacheKey(thumbprint, created))
  }

  /** Derives the key; null when the generator key was destroyed, which ends the generations bound to it. */
  async derive(
    machine: MachineRecord,
    generation: GenerationRecord,
    created: number,
  ): Promise<EpochKey<'request'> | null> {
    const shared = this.#shared.get(generation.agreementThumbprint) ?? (await this.#agree(generation))
    if (!shared) return null
    const key = deriveEpochKey({
      shared,
      trustDomain: this.#trustDomain,
      machineId: machine.id,
      generation: generation.generation,
      epoch: epochOf(created),
      purpose: 'request',
      agreementThumbprint: generation.agreementThumbprint,
      generatorThumbprint: generation.generatorKid,
    })
    this.#epochKeys.set(cacheKey(generation.agreementThumbprint, created), key)
    return key
  }

  async #agree(generation: GenerationRecord): Promise<SharedSecret | null> {
    const generator = await this.#keys.findGenerator(generation.generatorKid)
    if (!generator) return null
    const derived = deriveSharedSecret(generator.privateKey, generation.agreementKey)
    if (derived.outcome === 'refused') return null
    this.#shared.set(generation.agreementThumbprint, derived.shared)
    return derived.shared
  }
}

/** Agreement keys are unique over all machines, so their thumbprint names machine and generation. */
function cacheKey(thumbprint: string, created: number): string {
  return `${epochOf(created)}.${thumbprint}`
}
