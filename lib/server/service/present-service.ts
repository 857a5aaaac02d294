import type { Service } from '@/lib/contract/services'
import { formatId } from '@/lib/domain/ids'
import { readLabels } from '@/lib/domain/label/labels'
import { bodyBindings, serviceModes, serviceStates } from '@/lib/domain/service/service-settings'
import { oneOf } from '../audit/read-stored'
import type { ServiceRow } from './service-store'

/** A service as the API shows it. */
export function presentService(row: ServiceRow): Service {
  return {
    id: formatId('svc', row.id),
    slug: row.slug,
    name: row.name,
    state: oneOf(serviceStates, row.state),
    mode: oneOf(serviceModes, row.mode),
    bodyBinding: oneOf(bodyBindings, row.bodyBinding),
    authorities: row.authorities.map(({ authority, pathPrefix }) => ({ authority, pathPrefix })),
    coveredFields: row.coveredFields,
    machineSelector: { ...readLabels(row.machineSelector) },
    allowPlainNonce: row.allowPlainNonce,
    allowEncodedSlash: row.allowEncodedSlash,
    requireAsymmetric: row.requireAsymmetric,
    gateways: row.gateways.map(({ id, name }) => ({ id: formatId('gw', id), name })),
    version: Number(row.version),
    createdAt: row.createdAt.toISOString(),
  }
}
