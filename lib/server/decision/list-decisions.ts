import type { Page } from '@/lib/contract/common'
import type { Decision, listDecisions as operation } from '@/lib/contract/decisions'
import type { OperationInput } from '@/lib/contract/operation'
import { decisionOutcomes } from '@/lib/domain/decision/decision-outcome'
import { formatId, parseId } from '@/lib/domain/ids'
import { done, type Outcome } from '@/lib/domain/refusal'
import { oneOf } from '../audit/read-stored'
import type { Dependencies } from '../dependencies'
import { decodeCursor, pageFromRows } from '../http/page-cursor'
import { findService } from '../service/service-store'
import { findRecordNames, listDecisionRows, type DecisionRow, type RecordNames } from './decision-record-store'

const list = 'decisions'

/** A page of decisions, newest first. */
export async function listDecisions(
  deps: Dependencies,
  query: OperationInput<typeof operation>['query'],
): Promise<Outcome<Page<Decision>>> {
  const cursor = decodeCursor(list, ['instant', 'uuid'], query.cursor)
  if (cursor.outcome === 'refused') return cursor
  const [at, id] = cursor.keys ?? []
  const rows = await listDecisionRows(deps.prisma, {
    machineId: query.machine === undefined ? undefined : (parseId('mach', query.machine) ?? undefined),
    service: query.service === undefined ? undefined : await resolveService(deps, query.service),
    outcome: query.outcome,
    code: query.code,
    since: query.since === undefined ? undefined : new Date(query.since),
    until: query.until === undefined ? undefined : new Date(query.until),
    before: at === undefined || id === undefined ? undefined : { at, id },
    limit: query.limit + 1,
  })
  const names = await findRecordNames(deps.prisma, rows)
  return done(
    pageFromRows(
      rows,
      query.limit,
      list,
      (row) => present(row, names),
      (row) => [row.atText, row.id],
    ),
  )
}

/** A name that no service has is still worth asking for: gateways ask for wrong ones. */
async function resolveService(deps: Dependencies, reference: string): Promise<{ id: string | null; name: string }> {
  const service = await findService(deps.prisma, reference)
  return service === null ? { id: null, name: reference } : { id: service.id, name: service.slug }
}

function present(row: DecisionRow, names: RecordNames): Decision {
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
