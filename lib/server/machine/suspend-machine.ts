import type { MachineChange } from '@/lib/contract/machines'
import type { Outcome } from '@/lib/domain/refusal'
import type { CallContext } from '../auth/call-context'
import type { Dependencies } from '../dependencies'
import { changeMachine } from './change-machine'

/** Suspends a machine: it may renew, and is allowed nothing, until it is reinstated. */
export async function suspendMachine(
  deps: Dependencies,
  context: CallContext,
  machineId: string,
  reason: string | undefined,
): Promise<Outcome<MachineChange>> {
  return changeMachine(deps, context, machineId, {
    can: 'suspend',
    action: 'machine.suspend',
    reason,
    change: (at) => ({ state: 'suspended', stateReason: reason ?? null, stateChangedAt: at }),
  })
}
