'use client'

import { Ban, MoreHorizontal, PauseCircle, PlayCircle, ShieldCheck } from 'lucide-react'
import type { ReactNode } from 'react'
import { displayText } from '@/lib/domain/display-text'
import { CopyIdItem } from '@/components/common/copy-id-item'
import { useViewer } from '@/components/common/viewer'
import { Button } from '@/components/ui/button'
import { DropdownMenu, MenuItem, MenuSeparator } from '@/components/ui/dropdown-menu'
import type { Machine } from '@/lib/contract/machines'
import {
  machineActionNames,
  machineActions,
  whyNotMachineAction,
  type MachineActionName,
} from '@/lib/client/machine-actions'

export const actionIcons: Readonly<Record<MachineActionName, ReactNode>> = {
  suspend: <PauseCircle aria-hidden />,
  reinstate: <PlayCircle aria-hidden />,
  release: <ShieldCheck aria-hidden />,
  revoke: <Ban aria-hidden />,
}

export interface MachineRowMenuProps {
  readonly machine: Machine
  readonly onAction: (action: MachineActionName) => void
}

/** Copy first, destructive last. What cannot be done says why. */
export function MachineRowMenu({ machine, onAction }: MachineRowMenuProps) {
  const { role } = useViewer()
  return (
    <DropdownMenu
      trigger={
        <Button look="quiet" size="icon-sm" aria-label={`Actions for ${displayText(machine.name, 64)}`}>
          <MoreHorizontal aria-hidden />
        </Button>
      }
    >
      <CopyIdItem id={machine.id} what="Machine ID" />
      <MenuSeparator />
      {machineActionNames
        .toSorted((a, b) => Number(a === 'revoke') - Number(b === 'revoke'))
        .map((action) => (
          <MenuItem
            key={action}
            icon={actionIcons[action]}
            isDestructive={machineActions[action].isDestructive}
            disabledBecause={whyNotMachineAction(action, machine, role)}
            onSelect={() => onAction(action)}
          >
            {machineActions[action].menu}
          </MenuItem>
        ))}
    </DropdownMenu>
  )
}
