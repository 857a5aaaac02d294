import { createHash } from 'node:crypto'
import type { Pool } from 'pg'
import { readServiceSnapshot, type ServiceSnapshot } from './service-directory-store'
import type { GatewayProof, GatewayRecord, ServiceRecord } from './verification-types'

/** An unknown name or key makes the node read again, but no caller can make it read more often than this. */
const shortestReloadMs = 100

/**
 * Services and gateways in memory. Reading them again is only about freshness: what the node decides on a stale
 * reading, the decision statement refuses, because every narrowing change moves the service's version.
 */
export class ServiceDirectory {
  readonly #pool: Pool
  #snapshot: ServiceSnapshot | undefined
  #reading: Promise<ServiceSnapshot> | undefined
  #readAtMs = 0

  constructor(pool: Pool) {
    this.#pool = pool
  }

  /** The last reading; undefined before the first one. */
  current(): ServiceSnapshot | undefined {
    return this.#snapshot
  }

  /** Reads again, unless a reading is under way or one was started in the last 100 ms. Rejects when the database does. */
  reload(force = false): Promise<ServiceSnapshot> {
    if (this.#reading) return this.#reading
    const now = performance.now()
    if (!force && this.#snapshot && now - this.#readAtMs < shortestReloadMs) return Promise.resolve(this.#snapshot)
    this.#readAtMs = now
    this.#reading = readServiceSnapshot(this.#pool)
      .then((snapshot) => (this.#snapshot = snapshot))
      .finally(() => (this.#reading = undefined))
    return this.#reading
  }
}

export type FoundService =
  | { readonly outcome: 'found'; readonly service: ServiceRecord; readonly gateway: GatewayRecord }
  | {
      readonly outcome: 'refused'
      readonly code: 'service_unknown' | 'gateway_unknown'
      readonly service?: ServiceRecord
    }

/** The service of this slug, if the caller proves to be one of its gateways. Pure: looks only at the snapshot. */
export function findService(
  snapshot: ServiceSnapshot,
  slug: string,
  proof: GatewayProof,
  profile: string | null,
): FoundService {
  const service = snapshot.servicesBySlug.get(slug)
  if (!service) return { outcome: 'refused', code: 'service_unknown' }
  const gateway = findGateway(snapshot, proof)
  if (!gateway || !gateway.serviceIds.has(service.uuid) || (profile !== null && gateway.profile !== profile)) {
    return { outcome: 'refused', code: 'gateway_unknown', service }
  }
  return { outcome: 'found', service, gateway }
}

function findGateway(snapshot: ServiceSnapshot, proof: GatewayProof): GatewayRecord | undefined {
  switch (proof.kind) {
    case 'key':
      // Looked up by hash: the comparison tells nothing about the key.
      return snapshot.gatewaysByKeyHash.get(createHash('sha256').update(proof.key).digest('base64url'))
    case 'certificate':
      return snapshot.gatewaysByCertificate.get(proof.fingerprint)
    case 'machine':
      return snapshot.gatewaysByMachine.get(proof.machineUuid)
    case 'socket':
      return snapshot.gatewaysByUuid.get(proof.gatewayUuid)
    case 'none':
      return undefined
  }
}
