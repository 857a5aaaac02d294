import type { Page } from '@/lib/contract/common'
import type { Gateway, listGateways as operation } from '@/lib/contract/gateways'
import type { OperationInput } from '@/lib/contract/operation'
import { done, type Outcome } from '@/lib/domain/refusal'
import type { Dependencies } from '../dependencies'
import { decodeCursor, pageFromRows } from '../http/page-cursor'
import { listGatewayRows } from './gateway-store'
import { presentGateway } from './present-gateway'

const list = 'gateways'

/** A page of gateways, by name. */
export async function listGateways(
  deps: Dependencies,
  query: OperationInput<typeof operation>['query'],
): Promise<Outcome<Page<Gateway>>> {
  const cursor = decodeCursor(list, ['text'], query.cursor)
  if (cursor.outcome === 'refused') return cursor
  const rows = await listGatewayRows(deps.prisma, {
    service: query.service,
    afterName: cursor.keys?.[0],
    limit: query.limit + 1,
  })
  return done(pageFromRows(rows, query.limit, list, presentGateway, (row) => [row.name]))
}
