import { displayText } from '@/lib/domain/display-text'
import { formatId } from '@/lib/domain/ids'
import { sessionLifetimeMs } from '@/lib/domain/operator/operator-session'
import { insertAuditEvent } from '../audit/audit-store'
import { runChange } from '../audit/run-change'
import type { Dependencies } from '../dependencies'
import { newUuid } from '../new-uuid'
import { findOperator, updateLastSignIn, type OperatorRow } from '../operator/operator-store'
import { endSessionRow, insertSession } from '../session/session-store'
import { findClientAddress } from './find-client-address'
import { findRequestSession } from './find-request-session'
import { singleHeader, type RequestFacts } from './request-facts'
import { hashSecretToken, isSecretToken } from './secret-token'
import { createSessionSecret } from './session-token'
import { actorOfOperator } from './sign-in-call'
import { takeTicket } from './ticket-store'

/**
 * Turns the last ticket of a sign-in into a session with an id of its own; the one that this browser had until now ends
 * with it (threats.md, 33). Null when the ticket is no good.
 */
export async function beginSession(
  deps: Dependencies,
  request: RequestFacts,
  ticket: string,
): Promise<{ readonly operator: OperatorRow; readonly secret: string } | null> {
  if (!isSecretToken('cse_', ticket)) return null
  const hash = hashSecretToken(ticket)
  const earlier = await findRequestSession(deps, request)
  const { secret, hash: sessionHash } = createSessionSecret()
  const id = newUuid()
  const address = findClientAddress(deps.settings, request)
  const userAgent = singleHeader(request, 'user-agent')
  return runChange(deps, [], async (tx) => {
    const at = deps.now()
    const taken = await takeTicket(tx, hash, 'session', at)
    const operator = taken && (await findOperator(tx, taken.operatorId))
    if (taken === null || operator === null) return null
    // Made an administrator, or given a second factor, while this sign-in was under way: begin again.
    const isEnough = taken.secondFactor !== 'none' || (!operator.hasTotp && operator.role !== 'administrator')
    if (!isEnough) return null
    await insertSession(tx, {
      id,
      operatorId: operator.id,
      hash: sessionHash,
      secondFactor: taken.secondFactor,
      address,
      userAgent: userAgent ? displayText(userAgent, 200).slice(0, 256) : null,
      createdAt: at,
      expiresAt: new Date(at.getTime() + sessionLifetimeMs),
    })
    await updateLastSignIn(tx, operator.id, at)
    if (earlier !== null) await endSessionRow(tx, { id: earlier.row.id, at, reason: 'replaced' })
    await insertAuditEvent(tx, {
      action: 'session.begin',
      actor: actorOfOperator(operator),
      target: { id: formatId('ses', id), name: operator.email },
      detail: {
        secondFactor: taken.secondFactor,
        ...(earlier && { replaced: formatId('ses', earlier.row.id) }),
      },
      address,
      at,
    })
    return { operator, secret }
  })
}
