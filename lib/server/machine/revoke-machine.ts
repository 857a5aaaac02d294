import type { MachineChange } from '@/lib/contract/machines'
import type { Outcome } from '@/lib/domain/refusal'
import type { CallContext } from '../auth/call-context'
import type { Dependencies } from '../dependencies'
import { changeMachine } from './change-machine'

/** Revokes a machine, finally. No allow for it is decided or recorded after the promise has resolved. */
export async function revokeMachine(
  deps: Dependencies,
  context: CallContext,
  machineId: string,
  reason: string,
): Promise<Outcome<MachineChange>> {
  return changeMachine(deps, context, machineId, {
    can: 'revoke',
    action: 'machine.revoke',
    reason,
    change: (at) => ({ state: 'revoked', stateReason: reason, stateChangedAt: at }),
  })
}
