import type { z } from 'zod'
import type { createJoinToken as operation } from '@/lib/contract/join-tokens'
import type { OperationInput } from '@/lib/contract/operation'
import { formatId } from '@/lib/domain/ids'
import { done, type Outcome } from '@/lib/domain/refusal'
import { insertAuditEvent } from '../audit/audit-store'
import { runChange } from '../audit/run-change'
import { originOf, describePrincipal, type CallContext } from '../auth/call-context'
import type { Dependencies } from '../dependencies'
import { newUuid } from '../new-uuid'
import { insertJoinToken } from './join-token-store'
import { makeJoinSecret } from './make-join-secret'
import { presentJoinToken } from './present-join-token'

export type NewJoinToken = z.output<typeof operation.response.schema>

/** Makes a join token. The answer is the only place where its seed ever stands; the database gets the public half. */
export async function createJoinToken(
  deps: Dependencies,
  context: CallContext,
  input: OperationInput<typeof operation>['body'],
): Promise<Outcome<NewJoinToken>> {
  const { expiresInSeconds, ...settings } = input
  const id = newUuid()
  const { token, publicKey } = makeJoinSecret(id)
  const createdAt = deps.now()
  const expiresAt = new Date(createdAt.getTime() + expiresInSeconds * 1000)
  const createdBy = describePrincipal(context.principal)
  const row = await runChange(deps, [], async (tx) => {
    const made = await insertJoinToken(tx, { id, ...settings, publicKey, expiresAt, createdAt, createdBy })
    await insertAuditEvent(tx, {
      action: 'join_token.create',
      ...originOf(context),
      target: { id: formatId('join', id), name: settings.name },
      detail: {
        labels: settings.labels,
        usesAllowed: settings.usesAllowed,
        machineLifetimeSeconds: settings.machineLifetimeSeconds,
        expiresAt: expiresAt.toISOString(),
      },
      at: createdAt,
    })
    return made
  })
  return done({ ...presentJoinToken(row, createdAt), token })
}
