import type { Pool } from 'pg'
import type { GatewayKeyKind } from '@/lib/domain/gateway/gateway-profile'
import type { GatewayProfile, GatewayRecord, ServiceRecord } from './verification-types'

/** Every active service and gateway, as one consistent reading. */
export interface ServiceSnapshot {
  readonly servicesBySlug: ReadonlyMap<string, ServiceRecord>
  /** Key: SHA-256 of the gateway key in base64url. */
  readonly gatewaysByKeyHash: ReadonlyMap<string, GatewayRecord>
  /** Key: SHA-256 of the certificate in base64url. Apart from the keys, so that none of one kind passes as the other. */
  readonly gatewaysByCertificate: ReadonlyMap<string, GatewayRecord>
  readonly gatewaysByMachine: ReadonlyMap<string, GatewayRecord>
  readonly gatewaysByUuid: ReadonlyMap<string, GatewayRecord>
}

interface ServiceRow {
  id: string
  slug: string
  version: string
  mode: 'observe' | 'enforce'
  body_binding: 'required' | 'backend' | 'none'
  covered_fields: string[]
  machine_selector: Record<string, string>
  allow_plain_nonce: boolean
  allow_encoded_slash: boolean
  require_asymmetric: boolean
  authorities: { authority: string; pathPrefix: string }[]
}

interface GatewayRow {
  id: string
  profile: GatewayProfile
  machine_id: string | null
  services: string[]
  keys: { kind: GatewayKeyKind; /** SHA-256 in hexadecimal. */ hash: string }[]
}

/** One statement, so that services and gateways belong to the same instant. */
export async function readServiceSnapshot(pool: Pool): Promise<ServiceSnapshot> {
  const { rows } = await pool.query<{ services: ServiceRow[]; gateways: GatewayRow[] }>(`
    SELECT
      (SELECT coalesce(json_agg(row_to_json(x)), '[]') FROM (
         SELECT s.id, s.slug, s.version::text, s.mode, s.body_binding, s.covered_fields, s.machine_selector,
                s.allow_plain_nonce, s.allow_encoded_slash, s.require_asymmetric,
                coalesce((SELECT json_agg(json_build_object('authority', a.authority, 'pathPrefix', a.path_prefix)
                                          ORDER BY length(a.path_prefix) DESC, a.authority)
                            FROM service_authority a WHERE a.service_id = s.id), '[]') AS authorities
           FROM service s WHERE s.state = 'active') x) AS services,
      (SELECT coalesce(json_agg(row_to_json(x)), '[]') FROM (
         SELECT g.id, g.profile,
                -- What ends a machine moves the version of the services it speaks for, so this is read again in time.
                (SELECT m.id FROM machine m WHERE m.id = g.machine_id AND m.state = 'active') AS machine_id,
                coalesce((SELECT json_agg(l.service_id) FROM gateway_service l WHERE l.gateway_id = g.id), '[]') AS services,
                coalesce((SELECT json_agg(json_build_object('kind', k.kind, 'hash', encode(k.hash, 'hex')))
                             FROM gateway_key k WHERE k.gateway_id = g.id), '[]') AS keys
           FROM gateway g) x) AS gateways`)
  const found = rows[0] ?? { services: [], gateways: [] }
  const gatewaysByKeyHash = new Map<string, GatewayRecord>()
  const gatewaysByCertificate = new Map<string, GatewayRecord>()
  const gatewaysByMachine = new Map<string, GatewayRecord>()
  const gatewaysByUuid = new Map<string, GatewayRecord>()
  for (const row of found.gateways) {
    const gateway: GatewayRecord = { uuid: row.id, profile: row.profile, serviceIds: new Set(row.services) }
    gatewaysByUuid.set(row.id, gateway)
    for (const { kind, hash } of row.keys) {
      const gateways = kind === 'certificate' ? gatewaysByCertificate : gatewaysByKeyHash
      gateways.set(Buffer.from(hash, 'hex').toString('base64url'), gateway)
    }
    if (row.machine_id !== null) gatewaysByMachine.set(row.machine_id, gateway)
  }
  const servicesBySlug = new Map(found.services.map((row) => [row.slug, toServiceRecord(row)]))
  return { servicesBySlug, gatewaysByKeyHash, gatewaysByCertificate, gatewaysByMachine, gatewaysByUuid }
}

function toServiceRecord(row: ServiceRow): ServiceRecord {
  return {
    uuid: row.id,
    slug: row.slug,
    version: Number(row.version),
    mode: row.mode,
    bodyBinding: row.body_binding,
    credentialProfile: {
      coveredFields: row.covered_fields,
      allowEncodedSlash: row.allow_encoded_slash,
      allowPlainNonce: row.allow_plain_nonce,
    },
    machineSelector: row.machine_selector,
    requireAsymmetric: row.require_asymmetric,
    authorities: row.authorities,
  }
}
