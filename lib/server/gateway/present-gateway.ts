import type { Gateway } from '@/lib/contract/gateways'
import { gatewayKeyKinds, gatewayProfiles } from '@/lib/domain/gateway/gateway-profile'
import { formatId } from '@/lib/domain/ids'
import { oneOf } from '../audit/read-stored'
import type { GatewayRow } from './gateway-store'

/** A gateway as the API shows it. */
export function presentGateway(row: GatewayRow): Gateway {
  return {
    id: formatId('gw', row.id),
    name: row.name,
    profile: oneOf(gatewayProfiles, row.profile),
    services: row.services.map(({ id, slug }) => ({ id: formatId('svc', id), slug })),
    machine: row.machine && { id: formatId('mach', row.machine.id), name: row.machine.name.slice(0, 256) },
    keys: row.keys.map((key) => ({
      id: formatId('gwk', key.id),
      kind: oneOf(gatewayKeyKinds, key.kind),
      fingerprint: key.fingerprint,
      expiresAt: key.expiresAt?.toISOString() ?? null,
      createdAt: key.createdAt.toISOString(),
      createdBy: key.createdBy,
    })),
    createdAt: row.createdAt.toISOString(),
  }
}
