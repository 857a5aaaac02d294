import { formatId } from '@/lib/domain/ids'
import { refuse, type Refusal } from '@/lib/domain/refusal'
import { insertAuditEvent } from '../audit/audit-store'
import { runChange } from '../audit/run-change'
import type { Dependencies } from '../dependencies'
import { systemActor } from '../keys/system-actor'
import type { SignInCall } from './sign-in-call'

/**
 * Records a wrong try and refuses it. What was typed is kept nowhere: people type passwords into the field for the name,
 * so that an account which does not exist has none in the log either.
 */
export async function refuseSignIn(
  deps: Dependencies,
  call: SignInCall,
  wrong: {
    readonly operator: { readonly id: string; readonly email: string } | null
    readonly step: 'password' | 'totp' | 'recovery_code'
    readonly detail: string
  },
): Promise<Refusal<'sign_in_refused'>> {
  const { operator, step, detail } = wrong
  await runChange(deps, [], (tx) =>
    insertAuditEvent(tx, {
      action: 'session.refuse',
      actor: systemActor,
      target: operator
        ? { id: formatId('op', operator.id), name: operator.email }
        : { id: 'unknown', name: 'unknown account' },
      detail: { step },
      address: call.address,
      requestId: call.requestId,
      at: deps.now(),
    }),
  )
  return refuse('sign_in_refused', detail)
}
