import { formatId } from '@/lib/domain/ids'
import { insertAuditEvent } from '../audit/audit-store'
import { runChange } from '../audit/run-change'
import type { Dependencies } from '../dependencies'
import { endSessionRow } from '../session/session-store'
import { findLiveSession } from './find-live-session'
import { actorOfOperator } from './sign-in-call'

/** Ends the session that a browser signs out of. One that is over already stays as it is. */
export async function signOut(deps: Dependencies, sessionId: string, address: string | null): Promise<void> {
  const session = await findLiveSession(deps, sessionId)
  if (session === null) return
  await runChange(deps, [], async (tx) => {
    const at = deps.now()
    const row = await endSessionRow(tx, { id: session.row.id, at, reason: 'signed_out' })
    if (row === null) return
    await insertAuditEvent(tx, {
      action: 'session.end',
      actor: actorOfOperator(row.operator),
      target: { id: formatId('ses', row.id), name: row.operator.email },
      detail: { reason: 'signed_out' },
      address,
      at,
    })
  })
}
