import type { Page } from '@/lib/contract/common'
import type { OperationInput } from '@/lib/contract/operation'
import type { listOperators as operation, Operator } from '@/lib/contract/operators'
import { done, type Outcome } from '@/lib/domain/refusal'
import type { Dependencies } from '../dependencies'
import { decodeCursor, pageFromRows } from '../http/page-cursor'
import { listOperatorRows } from './operator-store'
import { presentOperator } from './present-operator'

const list = 'operators'

/** A page of operators, by e-mail address. */
export async function listOperators(
  deps: Dependencies,
  query: OperationInput<typeof operation>['query'],
): Promise<Outcome<Page<Operator>>> {
  const cursor = decodeCursor(list, ['text'], query.cursor)
  if (cursor.outcome === 'refused') return cursor
  const rows = await listOperatorRows(deps.prisma, {
    role: query.role,
    state: query.state,
    afterEmail: cursor.keys?.[0],
    limit: query.limit + 1,
  })
  return done(pageFromRows(rows, query.limit, list, presentOperator, (row) => [row.email]))
}
