import type { z } from 'zod'
import type { OperationInput } from '@/lib/contract/operation'
import type { createOperator as operation } from '@/lib/contract/operators'
import { formatId } from '@/lib/domain/ids'
import { done, refuse, type Outcome } from '@/lib/domain/refusal'
import { insertAuditEvent } from '../audit/audit-store'
import { findDatabaseErrorCode } from '../audit/database-error'
import { runChange } from '../audit/run-change'
import { originOf, describePrincipal, type CallContext } from '../auth/call-context'
import { hashPassword } from '../auth/hash-password'
import type { Dependencies } from '../dependencies'
import { newUuid } from '../new-uuid'
import { insertOperator } from './operator-store'
import { prepareOperatorLink } from './prepare-operator-link'
import { presentOperator } from './present-operator'

export type NewOperator = z.output<typeof operation.response.schema>

/** Makes an operator: with a password, or with an invitation by which the operator chooses one. */
export async function createOperator(
  deps: Dependencies,
  context: CallContext,
  input: OperationInput<typeof operation>['body'],
): Promise<Outcome<NewOperator>> {
  const { password, email, name, role } = input
  // Hashed before the transaction begins: that takes a while.
  const hashed = password === undefined ? null : await deps.passwordWork.run(() => hashPassword(password))
  if (hashed?.outcome === 'overloaded') return refuse('overloaded', 'Too many passwords are being hashed.')
  const passwordHash = hashed?.value ?? null
  const id = newUuid()
  const createdAt = deps.now()
  const invitation =
    passwordHash === null
      ? prepareOperatorLink({
          kind: 'invitation',
          publicUrl: deps.settings.publicUrl,
          createdAt,
          createdBy: describePrincipal(context.principal),
        })
      : null
  try {
    return await runChange(deps, [], async (tx): Promise<Outcome<NewOperator>> => {
      const row = await insertOperator(tx, { id, email, name, role, passwordHash, createdAt })
      await invitation?.store(tx, id)
      await insertAuditEvent(tx, {
        action: 'operator.create',
        ...originOf(context),
        target: { id: formatId('op', id), name: email },
        detail: { name, role, invited: invitation !== null },
        at: createdAt,
      })
      return done({ ...presentOperator(row), invitation: invitation?.shown ?? null })
    })
  } catch (error) {
    if (findDatabaseErrorCode(error) === 'unique_violation')
      return refuse('conflict', `An operator ${email} exists already.`)
    throw error
  }
}
