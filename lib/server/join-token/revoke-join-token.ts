import type { JoinToken } from '@/lib/contract/join-tokens'
import { parseId } from '@/lib/domain/ids'
import { joinTokenRevokedAlready } from '@/lib/domain/machine/join-token-can'
import { done, refuse, type Outcome } from '@/lib/domain/refusal'
import { insertAuditEvent } from '../audit/audit-store'
import { runChange } from '../audit/run-change'
import { originOf, type CallContext } from '../auth/call-context'
import type { Dependencies } from '../dependencies'
import { findJoinToken, revokeJoinTokenRow } from './join-token-store'
import { presentJoinToken } from './present-join-token'

/** Revokes a join token: no machine enrols with it from now on. Those that did stay. */
export async function revokeJoinToken(
  deps: Dependencies,
  context: CallContext,
  tokenId: string,
): Promise<Outcome<JoinToken>> {
  const missing = refuse('not_found', `There is no join token ${tokenId}.`)
  const id = parseId('join', tokenId)
  if (id === null) return missing
  return runChange(deps, [], async (tx): Promise<Outcome<JoinToken>> => {
    const at = deps.now()
    const row = await revokeJoinTokenRow(tx, id, at)
    if (row === null) {
      return (await findJoinToken(tx, id)) === null ? missing : refuse('conflict', joinTokenRevokedAlready)
    }
    await insertAuditEvent(tx, {
      action: 'join_token.revoke',
      ...originOf(context),
      target: { id: tokenId, name: row.name },
      detail: { usesTaken: row.usesTaken, usesAllowed: row.usesAllowed },
      at,
    })
    return done(presentJoinToken(row, at))
  })
}
