import type { ApiToken } from '@/lib/contract/api-tokens'
import { apiTokenCanBeRevoked } from '@/lib/domain/api-token/api-token-state'
import { parseId } from '@/lib/domain/ids'
import { done, refuse, type Outcome } from '@/lib/domain/refusal'
import { insertAuditEvent } from '../audit/audit-store'
import { runChange } from '../audit/run-change'
import { originOf, type CallContext } from '../auth/call-context'
import type { Dependencies } from '../dependencies'
import { findApiToken, revokeApiTokenRow } from './api-token-store'
import { presentApiToken } from './present-api-token'

/** Revokes an API token: the next call with it is refused. */
export async function revokeApiToken(
  deps: Dependencies,
  context: CallContext,
  tokenId: string,
): Promise<Outcome<ApiToken>> {
  const missing = refuse('not_found', `There is no API token ${tokenId}.`)
  const id = parseId('tok', tokenId)
  if (id === null) return missing
  return runChange(deps, [], async (tx): Promise<Outcome<ApiToken>> => {
    const at = deps.now()
    const row = await revokeApiTokenRow(tx, id, at)
    if (row === null) {
      const found = await findApiToken(tx, id)
      const can = found && apiTokenCanBeRevoked(presentApiToken(found, at))
      return can === null || can.can ? missing : refuse('conflict', can.why)
    }
    await insertAuditEvent(tx, {
      action: 'api_token.revoke',
      ...originOf(context),
      target: { id: tokenId, name: row.name },
      at,
    })
    return done(presentApiToken(row, at))
  })
}
