import type { MachineChange } from '@/lib/contract/machines'
import type { Outcome } from '@/lib/domain/refusal'
import type { CallContext } from '../auth/call-context'
import type { Dependencies } from '../dependencies'
import { changeMachine } from './change-machine'

/** Reinstates a suspended machine. */
export async function reinstateMachine(
  deps: Dependencies,
  context: CallContext,
  machineId: string,
  reason: string | undefined,
): Promise<Outcome<MachineChange>> {
  return changeMachine(deps, context, machineId, {
    can: 'reinstate',
    action: 'machine.reinstate',
    reason,
    change: (at) => ({ state: 'active', stateReason: reason ?? null, stateChangedAt: at }),
  })
}
