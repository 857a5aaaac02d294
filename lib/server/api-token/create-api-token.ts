import type { z } from 'zod'
import type { createApiToken as operation } from '@/lib/contract/api-tokens'
import type { OperationInput } from '@/lib/contract/operation'
import { formatId } from '@/lib/domain/ids'
import { done, type Outcome } from '@/lib/domain/refusal'
import { insertAuditEvent } from '../audit/audit-store'
import { runChange } from '../audit/run-change'
import { originOf, describePrincipal, type CallContext } from '../auth/call-context'
import { createSecretToken } from '../auth/secret-token'
import type { Dependencies } from '../dependencies'
import { newUuid } from '../new-uuid'
import { insertApiToken } from './api-token-store'
import { presentApiToken } from './present-api-token'

export type NewApiToken = z.output<typeof operation.response.schema>

/** Makes an API token. The answer is the only place where it ever stands in clear. */
export async function createApiToken(
  deps: Dependencies,
  context: CallContext,
  input: OperationInput<typeof operation>['body'],
): Promise<Outcome<NewApiToken>> {
  const { token, hash } = createSecretToken('cst_')
  const { name, role, expiresInSeconds } = input
  const id = newUuid()
  const createdAt = deps.now()
  const expiresAt = new Date(createdAt.getTime() + expiresInSeconds * 1000)
  const createdBy = describePrincipal(context.principal)
  const row = await runChange(deps, [], async (tx) => {
    const made = await insertApiToken(tx, { id, name, role, hash, createdAt, createdBy, expiresAt })
    await insertAuditEvent(tx, {
      action: 'api_token.create',
      ...originOf(context),
      target: { id: formatId('tok', id), name },
      detail: { role, expiresAt: expiresAt.toISOString() },
      at: createdAt,
    })
    return made
  })
  return done({ ...presentApiToken(row, createdAt), token })
}
