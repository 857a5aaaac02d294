import type { Decision } from '@/lib/contract/decisions'
import { decisionOutcomes } from '@/lib/domain/decision/decision-outcome'
import { formatId } from '@/lib/domain/ids'
import { oneOf } from '../audit/read-stored'
import type { RecordNames } from './decision-record-store'
import type { DecisionRow } from './decision-row-store'

/** A record as the API shows it, with the names of now. */
export function presentDecision(row: DecisionRow, names: RecordNames): Decision {
  const { serviceId, gatewayId, machineId } = row
  const serviceName = (serviceId === null ? null : names.services.get(serviceId)) ?? row.serviceName ?? ''
  return {
    id: formatId('dec', row.id),
    at: row.at.toISOString(),
    outcome: oneOf(decisionOutcomes, row.outcome),
    code: row.code,
    detail: row.detail,
    count: row.count,
    lastAt: row.lastAt.toISOString(),
    service:
      serviceId === null && serviceName === ''
        ? null
        : { id: serviceId && formatId('svc', serviceId), name: serviceName },
    gateway: gatewayId === null ? null : { id: formatId('gw', gatewayId), name: names.gateways.get(gatewayId) ?? null },
    machine:
      machineId === null ? null : { id: formatId('mach', machineId), name: names.machines.get(machineId) ?? null },
    generation: row.generation,
    useKey: row.useKey,
    conflictingDecisionId: row.conflictingDecisionId && formatId('dec', row.conflictingDecisionId),
    method: row.method,
    authority: row.authority,
    reportedAuthority: row.reportedAuthority,
    path: row.path,
    queryNames: row.queryNames,
    content: row.content,
    sourceAddress: row.sourceAddress,
  }
}
