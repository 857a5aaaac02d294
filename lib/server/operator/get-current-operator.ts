import type { OperationResult } from '@/lib/contract/operation'
import { permissionsOf } from '@/lib/contract/permissions'
import type { getCurrentOperator as operation } from '@/lib/contract/self'
import { done, refuse, type Outcome } from '@/lib/domain/refusal'
import type { CallContext } from '../auth/call-context'
import type { Dependencies } from '../dependencies'
import { presentSession } from '../session/present-session'
import { findSession } from '../session/session-store'
import { findSelf } from './find-self'
import { findOperator } from './operator-store'
import { presentOperator } from './present-operator'
import { countRecoveryCodes } from './recovery-code-store'

/** The operator who is signed in, with its session and what its role allows it. */
export async function getCurrentOperator(
  deps: Dependencies,
  { principal }: CallContext,
): Promise<Outcome<OperationResult<typeof operation>>> {
  const self = findSelf(principal)
  if (self.outcome === 'refused') return self
  const operator = await findOperator(deps.prisma, self.operatorId)
  const session = await findSession(deps.prisma, self.sessionId)
  if (operator === null || session === null) return refuse('unauthenticated', 'The session is over. Sign in again.')
  return done({
    ...presentOperator(operator),
    permissions: permissionsOf(operator.role),
    recoveryCodesLeft: await countRecoveryCodes(deps.prisma, operator.id),
    session: presentSession(session, principal, deps.now()),
  })
}
