'use client'

import { Ban, MoreHorizontal } from 'lucide-react'
import { CopyIdItem } from '@/components/common/copy-id-item'
import { useWhyNot } from '@/components/common/viewer'
import { Button } from '@/components/ui/button'
import { DropdownMenu, MenuItem, MenuSeparator } from '@/components/ui/dropdown-menu'
import type { ApiToken } from '@/lib/contract/api-tokens'
import { apiTokenCanBeRevoked } from '@/lib/domain/api-token/api-token-state'
import { displayText } from '@/lib/domain/display-text'

export function ApiTokenRowMenu({ token, onRevoke }: { readonly token: ApiToken; readonly onRevoke: () => void }) {
  const can = apiTokenCanBeRevoked(token)
  const forbidden = useWhyNot('api_tokens.write')
  return (
    <DropdownMenu
      trigger={
        <Button look="quiet" size="icon-sm" aria-label={`Actions for ${displayText(token.name, 64)}`}>
          <MoreHorizontal aria-hidden />
        </Button>
      }
    >
      <CopyIdItem id={token.id} what="API token ID" />
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
