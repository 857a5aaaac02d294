'use client'

import { Ban, MoreHorizontal } from 'lucide-react'
import { CopyIdItem } from '@/components/common/copy-id-item'
import { useWhyNot } from '@/components/common/viewer'
import { Button } from '@/components/ui/button'
import { DropdownMenu, MenuItem, MenuSeparator } from '@/components/ui/dropdown-menu'
import type { JoinToken } from '@/lib/contract/join-tokens'
import { displayText } from '@/lib/domain/display-text'
import { canRevokeJoinToken } from '@/lib/domain/machine/join-token-can'

export interface JoinTokenRowMenuProps {
  readonly token: JoinToken
  readonly onRevoke: () => void
}

/** Copy first, destructive last. What cannot be done says why. */
export function JoinTokenRowMenu({ token, onRevoke }: JoinTokenRowMenuProps) {
  const forbidden = useWhyNot('join_tokens.write')
  const can = canRevokeJoinToken(token)
  return (
    <DropdownMenu
      trigger={
        <Button look="quiet" size="icon-sm" aria-label={`Actions for ${displayText(token.name, 64)}`}>
          <MoreHorizontal aria-hidden />
        </Button>
      }
    >
      <CopyIdItem id={token.id} what="Join token ID" />
      <MenuSeparator />
      <MenuItem
        icon={<Ban aria-hidden />}
        isDestructive
        disabledBecause={forbidden ?? (can.can ? undefined : can.why)}
        onSelect={onRevoke}
      >
        Revoke
      </MenuItem>
    </DropdownMenu>
  )
}
