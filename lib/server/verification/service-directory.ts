import { hash } from 'node:crypto'
import type { Pool } from 'pg'
import { LookupQueue } from './lookup-queue'
import { readServiceSnapshot, readServiceVersions, type ServiceSnapshot } from './service-directory-store'
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
  readonly #versions: LookupQueue<number>

  constructor(pool: Pool) {
    this.#pool = pool
    this.#versions = new LookupQueue((ids) => readServiceVersions(pool, ids), confirmSpacingMs, largestConfirmation)
  }

  /** The last reading; undefined before the first one. */
  current(): ServiceSnapshot | undefined {
    return this.#snapshot
  }

  /** Whether this reading of a service is still the database's, asked after the call: nothing in memory can say it. */
  async confirm(service: ServiceRecord): Promise<'current' | 'changed' | 'unavailable'> {
    const lookup = await this.#versions.find(service.uuid)
    if (lookup.outcome === 'unavailable') return 'unavailable'
    return lookup.row === service.version ? 'current' : 'changed'
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

/** Services that are confirmed together: one statement at a time. */
const confirmSpacingMs = 2
const largestConfirmation = 512

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
      return snapshot.gatewaysByKeyHash.get(hash('sha256', proof.key, 'base64url'))
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
