'use client'

import { useViewer } from '@/components/common/viewer'
import { ReasonedButton } from '@/components/ui/reasoned-button'
import type { Machine } from '@/lib/contract/machines'
import type { MachineState } from '@/lib/domain/machine/machine-state'
import { machineActions, whyNotMachineAction, type MachineActionName } from '@/lib/client/machine-actions'
import { actionIcons } from './machine-row-menu'

export interface MachineButtonsProps {
  readonly machine: Machine
  readonly onAction: (action: MachineActionName) => void
}

/** One way back for the present state, suspension, and revocation last. */
export function MachineButtons({ machine, onAction }: MachineButtonsProps) {
  const { role } = useViewer()
  const actions: readonly MachineActionName[] = [firstAction(machine.state), 'revoke']
  return actions.map((action) => (
    <ReasonedButton
      key={action}
      look={action === 'revoke' ? 'danger' : 'secondary'}
      disabledBecause={whyNotMachineAction(action, machine, role)}
      onClick={() => onAction(action)}
    >
      {actionIcons[action]}
      {machineActions[action].menu}
    </ReasonedButton>
  ))
}

function firstAction(state: MachineState): MachineActionName {
  if (state === 'quarantined') return 'release'
  return state === 'suspended' ? 'reinstate' : 'suspend'
}
