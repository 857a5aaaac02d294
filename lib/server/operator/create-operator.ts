import type { OperationInput } from '@/lib/contract/operation'
import type { createOperator as operation, Operator } from '@/lib/contract/operators'
import { formatId } from '@/lib/domain/ids'
import { done, refuse, type Outcome } from '@/lib/domain/refusal'
import { insertAuditEvent } from '../audit/audit-store'
import { findDatabaseErrorCode } from '../audit/database-error'
import { runChange } from '../audit/run-change'
import { actorOf, type CallContext } from '../auth/call-context'
import { hashPassword } from '../auth/hash-password'
import type { Dependencies } from '../dependencies'
import { newUuid } from '../new-uuid'
import { insertOperator } from './operator-store'
import { presentOperator } from './present-operator'

/** Makes an operator. The password is hashed before the transaction begins: that takes a while. */
export async function createOperator(
  deps: Dependencies,
  context: CallContext,
  input: OperationInput<typeof operation>['body'],
): Promise<Outcome<Operator>> {
  const { password, email, name, role } = input
  const passwordHash = await hashPassword(password)
  const id = newUuid()
  const createdAt = deps.now()
  try {
    return await runChange(deps, [], async (tx): Promise<Outcome<Operator>> => {
      const row = await insertOperator(tx, { id, email, name, role, passwordHash, createdAt })
      await insertAuditEvent(tx, {
        action: 'operator.create',
        actor: actorOf(context.principal),
        target: { id: formatId('op', id), name: email },
        detail: { name, role },
        requestId: context.requestId,
        at: createdAt,
      })
      return done(presentOperator(row))
    })
  } catch (error) {
    if (findDatabaseErrorCode(error) === 'unique_violation')
      return refuse('conflict', `An operator ${email} exists already.`)
    throw error
  }
}
