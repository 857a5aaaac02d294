import type { Gateway } from '@/lib/contract/gateways'
import { gatewayProfiles } from '@/lib/domain/gateway/gateway-profile'
import { formatId } from '@/lib/domain/ids'
import { oneOf } from '../audit/read-stored'
import type { GatewayRow } from './gateway-store'

/** A gateway as the API shows it. */
export function presentGateway(row: GatewayRow): Gateway {
  return {
    id: formatId('gw', row.id),
    name: row.name,
    profile: oneOf(gatewayProfiles, row.profile),
    services: row.services
      .map(({ service }) => ({ id: formatId('svc', service.id), slug: service.slug }))
      .sort((a, b) => (a.slug < b.slug ? -1 : 1)),
    machine: row.machine && { id: formatId('mach', row.machine.id), name: row.machine.name },
    keys: row.keys.map((key) => ({
      id: formatId('gwk', key.id),
      createdAt: key.createdAt.toISOString(),
      createdBy: key.createdBy,
    })),
    createdAt: row.createdAt.toISOString(),
  }
}
