import type { Page } from '@/lib/contract/common'
import type { OperationInput } from '@/lib/contract/operation'
import type { listServices as operation, Service } from '@/lib/contract/services'
import { done, type Outcome } from '@/lib/domain/refusal'
import type { Dependencies } from '../dependencies'
import { decodeCursor, pageFromRows } from '../http/page-cursor'
import { presentService } from './present-service'
import { listServiceRows } from './service-store'

const list = 'services'

/** A page of services, by slug. */
export async function listServices(
  deps: Dependencies,
  query: OperationInput<typeof operation>['query'],
): Promise<Outcome<Page<Service>>> {
  const cursor = decodeCursor(list, ['text'], query.cursor)
  if (cursor.outcome === 'refused') return cursor
  const rows = await listServiceRows(deps.prisma, {
    state: query.state,
    afterSlug: cursor.keys?.[0],
    limit: query.limit + 1,
  })
  return done(pageFromRows(rows, query.limit, list, presentService, (row) => [row.slug]))
}
