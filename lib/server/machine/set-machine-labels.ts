import type { MachineChange } from '@/lib/contract/machines'
import { readLabels, type Labels } from '@/lib/domain/label/labels'
import type { Outcome } from '@/lib/domain/refusal'
import type { CallContext } from '../auth/call-context'
import type { Dependencies } from '../dependencies'
import { changeMachine } from './change-machine'

/** Replaces the labels of a machine, which decide what services it may call. */
export async function setMachineLabels(
  deps: Dependencies,
  context: CallContext,
  machineId: string,
  labels: Labels,
): Promise<Outcome<MachineChange>> {
  return changeMachine(deps, context, machineId, {
    can: 'setLabels',
    action: 'machine.set_labels',
    change: () => ({ labels }),
    detail: (before) => ({ labels: { from: { ...readLabels(before.labels) }, to: { ...labels } } }),
  })
}
