import type { Page } from '@/lib/contract/common'
import type { Decision, listDecisions as operation } from '@/lib/contract/decisions'
import type { OperationInput } from '@/lib/contract/operation'
import { parseId } from '@/lib/domain/ids'
import { done, type Outcome } from '@/lib/domain/refusal'
import type { Dependencies } from '../dependencies'
import { decodeCursor, pageFromRows } from '../http/page-cursor'
import { findService } from '../service/service-store'
import { findRecordNames, listDecisionRows } from './decision-record-store'
import { presentDecision } from './present-decision'

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
      (row) => presentDecision(row, names),
      (row) => [row.atText, row.id],
    ),
  )
}

/** A name that no service has is still worth asking for: gateways ask for wrong ones. */
async function resolveService(deps: Dependencies, reference: string): Promise<{ id: string | null; name: string }> {
  const service = await findService(deps.prisma, reference)
  return service === null ? { id: null, name: reference } : { id: service.id, name: service.slug }
}
