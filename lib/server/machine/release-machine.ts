import type { MachineChange } from '@/lib/contract/machines'
import type { Outcome } from '@/lib/domain/refusal'
import type { CallContext } from '../auth/call-context'
import type { Dependencies } from '../dependencies'
import { changeMachine } from './change-machine'

/** Releases a machine from quarantine, after somebody has looked at both sides. */
export async function releaseMachine(
  deps: Dependencies,
  context: CallContext,
  machineId: string,
  reason: string,
): Promise<Outcome<MachineChange>> {
  return changeMachine(deps, context, machineId, {
    can: 'release',
    action: 'machine.release',
    reason,
    change: (at) => ({ state: 'active', stateReason: reason, stateChangedAt: at }),
  })
}
