import type { SignInAnswer } from '@/lib/contract/sign-in'
import { formatId } from '@/lib/domain/ids'
import { done, refuse } from '@/lib/domain/refusal'
import { insertAuditEvent } from '../audit/audit-store'
import { runChange } from '../audit/run-change'
import type { Dependencies } from '../dependencies'
import { newUuid } from '../new-uuid'
import { removeSetUpFile } from '../operator/issue-set-up-link'
import { findUsableLink, takeLink } from '../operator/link-store'
import { countAdministrators, findOperatorCredentials, insertOperator, lockOperators } from '../operator/operator-store'
import { hashPassword } from './hash-password'
import { prepareNextStep } from './prepare-next-step'
import { hashSecretToken, isSecretToken } from './secret-token'
import { actorOfOperator, type SignInCall, type StepOutcome } from './sign-in-call'

/** Makes the first administrator of a deployment that has none, by the link that the server printed. */
export async function setUpStep(
  deps: Dependencies,
  call: SignInCall,
  typed: { readonly token: string; readonly email: string; readonly name: string; readonly password: string },
): Promise<StepOutcome<SignInAnswer>> {
  const { token, email, name, password } = typed
  const invalid = refuse('link_invalid', 'The set-up link is unknown, used or too old, or there is an administrator.')
  const hash = hashSecretToken(token)
  // Looked at before the password is hashed, so that a made-up link costs nothing.
  const isLink =
    isSecretToken('csu_', token) && (await findUsableLink(deps.prisma, hash, 'set_up', deps.now())) !== null
  if (!isLink) return invalid
  const hashed = await deps.passwordWork.run(() => hashPassword(password))
  if (hashed.outcome === 'overloaded') return refuse('overloaded', 'Too many passwords are being hashed.')
  const id = newUuid()
  const next = prepareNextStep({ role: 'administrator', hasTotp: false }, deps.now())
  const outcome = await runChange(deps, [], async (tx): Promise<StepOutcome<SignInAnswer>> => {
    const at = deps.now()
    await lockOperators(tx)
    const link = await findUsableLink(tx, hash, 'set_up', at)
    if (link === null || (await countAdministrators(tx)) > 0) return invalid
    if ((await findOperatorCredentials(tx, { email })) !== null) {
      const message = 'belongs to an operator already'
      return refuse('conflict', `An operator ${email} exists already.`, [{ path: 'body.email', message }])
    }
    if (!(await takeLink(tx, link.id, at))) return invalid
    const row = await insertOperator(tx, {
      id,
      email,
      name,
      role: 'administrator',
      passwordHash: hashed.value,
      createdAt: at,
    })
    await next.store(tx, id)
    await insertAuditEvent(tx, {
      action: 'operator.set_up',
      actor: actorOfOperator(row),
      target: { id: formatId('op', id), name: email },
      detail: { name, role: 'administrator' },
      address: call.address,
      requestId: call.requestId,
      at,
    })
    return done({ answer: next.answer })
  })
  if (outcome.outcome === 'done') await removeSetUpFile(deps)
  return outcome
}
