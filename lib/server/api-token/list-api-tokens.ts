import type { ApiToken, listApiTokens as operation } from '@/lib/contract/api-tokens'
import type { Page } from '@/lib/contract/common'
import type { OperationInput } from '@/lib/contract/operation'
import { done, type Outcome } from '@/lib/domain/refusal'
import type { Dependencies } from '../dependencies'
import { decodeCursor, pageFromRows } from '../http/page-cursor'
import { listApiTokenRows } from './api-token-store'
import { presentApiToken } from './present-api-token'

const list = 'api-tokens'

/** A page of API tokens, newest first, without their secrets. */
export async function listApiTokens(
  deps: Dependencies,
  query: OperationInput<typeof operation>['query'],
): Promise<Outcome<Page<ApiToken>>> {
  const cursor = decodeCursor(list, ['uuid'], query.cursor)
  if (cursor.outcome === 'refused') return cursor
  const now = deps.now()
  const rows = await listApiTokenRows(deps.prisma, {
    state: query.state,
    now,
    beforeId: cursor.keys?.[0],
    limit: query.limit + 1,
  })
  return done(
    pageFromRows(
      rows,
      query.limit,
      list,
      (row) => presentApiToken(row, now),
      (row) => [row.id],
    ),
  )
}
