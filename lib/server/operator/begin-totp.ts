import type { TotpSetup } from '@/lib/contract/self'
import { done, refuse, type Outcome } from '@/lib/domain/refusal'
import { runChange } from '../audit/run-change'
import type { CallContext } from '../auth/call-context'
import { checkOwnPassword } from '../auth/check-own-password'
import { issuerOf, makeTotpSetup } from '../auth/make-totp-setup'
import type { Dependencies } from '../dependencies'
import { findSelf } from './find-self'
import { findOperator } from './operator-store'
import { writePendingTotpSecret } from './totp-store'

/** Begins to set up a second factor. Nothing counts until its first code confirms it. */
export async function beginTotp(
  deps: Dependencies,
  context: CallContext,
  currentPassword: string,
): Promise<Outcome<TotpSetup>> {
  const self = findSelf(context.principal)
  if (self.outcome === 'refused') return self
  const { operatorId } = self
  const checked = await checkOwnPassword(deps, context, operatorId, currentPassword)
  if (checked.outcome === 'refused') return checked
  const operator = await findOperator(deps.prisma, operatorId)
  if (operator === null) return refuse('unauthenticated', 'The session is over. Sign in again.')
  const { secret, setup } = makeTotpSetup(operator.email, issuerOf(deps.settings))
  await runChange(deps, [], (tx) => writePendingTotpSecret(tx, deps.masterKey, { operatorId, secret, at: deps.now() }))
  return done(setup)
}
