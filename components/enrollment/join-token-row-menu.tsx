'use client'

import { Ban, Copy, MoreHorizontal } from 'lucide-react'
import { useCopyId } from '@/components/common/use-copy-id'
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
  const copy = useCopyId('Join token ID')
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
      <MenuItem icon={<Copy aria-hidden />} onSelect={() => copy(token.id)}>
        Copy ID
      </MenuItem>
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
