import type { Page } from '@/lib/contract/common'
import type { JoinToken, listJoinTokens as operation } from '@/lib/contract/join-tokens'
import type { OperationInput } from '@/lib/contract/operation'
import { done, type Outcome } from '@/lib/domain/refusal'
import type { Dependencies } from '../dependencies'
import { decodeCursor, pageFromRows } from '../http/page-cursor'
import { listJoinTokenRows } from './join-token-store'
import { presentJoinToken } from './present-join-token'

const list = 'join-tokens'

/** A page of join tokens, newest first, without their secrets. */
export async function listJoinTokens(
  deps: Dependencies,
  query: OperationInput<typeof operation>['query'],
): Promise<Outcome<Page<JoinToken>>> {
  const cursor = decodeCursor(list, ['uuid'], query.cursor)
  if (cursor.outcome === 'refused') return cursor
  const rows = await listJoinTokenRows(deps.prisma, { beforeId: cursor.keys?.[0], limit: query.limit + 1 })
  const now = deps.now()
  return done(
    pageFromRows(
      rows,
      query.limit,
      list,
      (row) => presentJoinToken(row, now),
      (row) => [row.id],
    ),
  )
}
