import type { Page } from '@/lib/contract/common'
import type { OperationInput } from '@/lib/contract/operation'
import type { listSessions as operation, Session } from '@/lib/contract/sessions'
import { parseId } from '@/lib/domain/ids'
import { sessionIdleMs } from '@/lib/domain/operator/operator-session'
import { done, type Outcome } from '@/lib/domain/refusal'
import type { CallContext } from '../auth/call-context'
import type { Dependencies } from '../dependencies'
import { decodeCursor, pageFromRows } from '../http/page-cursor'
import { findVisibleOperator } from './find-visible-operator'
import { presentSession } from './present-session'
import { listSessionRows } from './session-store'

const list = 'sessions'

/** A page of the sessions that the caller may see, newest first. */
export async function listSessions(
  deps: Dependencies,
  { principal }: CallContext,
  query: OperationInput<typeof operation>['query'],
): Promise<Outcome<Page<Session>>> {
  const cursor = decodeCursor(list, ['uuid'], query.cursor)
  if (cursor.outcome === 'refused') return cursor
  const visible = findVisibleOperator(principal)
  const wanted = query.operator === undefined ? undefined : parseId('op', query.operator)
  const isNothing =
    visible.scope === 'none' ||
    wanted === null ||
    (visible.scope === 'own' && wanted !== undefined && wanted !== visible.operatorId)
  if (isNothing) return done({ items: [], nextCursor: null })
  const now = deps.now()
  const rows = await listSessionRows(deps.prisma, {
    operatorId: visible.scope === 'own' ? visible.operatorId : wanted,
    state: query.state,
    now,
    idleBefore: new Date(now.getTime() - sessionIdleMs),
    beforeId: cursor.keys?.[0],
    limit: query.limit + 1,
  })
  return done(
    pageFromRows(
      rows,
      query.limit,
      list,
      (row) => presentSession(row, principal, now),
      (row) => [row.id],
    ),
  )
}
