'use client'

import { KeyRound, MoreHorizontal, Trash2, UserCog } from 'lucide-react'
import { CopyIdItem } from '@/components/common/copy-id-item'
import { useViewer, useWhyNot } from '@/components/common/viewer'
import { Button } from '@/components/ui/button'
import { DropdownMenu, MenuItem, MenuSeparator } from '@/components/ui/dropdown-menu'
import type { Operator } from '@/lib/contract/operators'
import { whyNotGiveRole, whyNotRemove } from '@/lib/client/operator-actions'
import { displayText } from '@/lib/domain/display-text'
import { operatorRoles } from '@/lib/domain/operator/operator-role'
import type { OperatorActionName } from './use-operator-action'

export interface OperatorRowMenuProps {
  readonly operator: Operator
  readonly administrators: number | undefined
  readonly onAction: (action: OperatorActionName, operator: Operator) => void
}

/** Copy first, destructive last. What cannot be done says why. */
export function OperatorRowMenu({ operator, administrators, onAction }: OperatorRowMenuProps) {
  const facts = { operator, administrators, viewerRole: useViewer().role }
  const others = operatorRoles.filter((role) => role !== operator.role)
  const whyNoRole = others.map((role) => whyNotGiveRole(facts, role))
  return (
    <DropdownMenu
      trigger={
        <Button look="quiet" size="icon-sm" aria-label={`Actions for ${displayText(operator.name, 64)}`}>
          <MoreHorizontal aria-hidden />
        </Button>
      }
    >
      <CopyIdItem id={operator.id} what="Operator ID" />
      <MenuSeparator />
      <MenuItem
        icon={<UserCog aria-hidden />}
        disabledBecause={whyNoRole.includes(undefined) ? undefined : whyNoRole[0]}
        onSelect={() => onAction('role', operator)}
      >
        Change role
      </MenuItem>
      <MenuItem
        icon={<KeyRound aria-hidden />}
        disabledBecause={useWhyNot('operators.write')}
        onSelect={() => onAction('reset', operator)}
      >
        {operator.state === 'invited' ? 'Make a new invitation' : 'Make a reset link'}
      </MenuItem>
      <MenuItem
        icon={<Trash2 aria-hidden />}
        isDestructive
        disabledBecause={whyNotRemove(facts)}
        onSelect={() => onAction('remove', operator)}
      >
        Remove
      </MenuItem>
    </DropdownMenu>
  )
}
