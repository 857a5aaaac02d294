'use client'

import { LogOut, MoreHorizontal } from 'lucide-react'
import { CopyIdItem } from '@/components/common/copy-id-item'
import { useWhyNot } from '@/components/common/viewer'
import { Button } from '@/components/ui/button'
import { DropdownMenu, MenuItem, MenuSeparator } from '@/components/ui/dropdown-menu'
import type { Session } from '@/lib/contract/sessions'
import { displayText } from '@/lib/domain/display-text'
import { sessionCanBeEnded } from '@/lib/domain/operator/operator-session'

export function SessionRowMenu({ session, onEnd }: { readonly session: Session; readonly onEnd: () => void }) {
  const can = sessionCanBeEnded(session)
  const forbidden = useWhyNot('sessions.end')
  return (
    <DropdownMenu
      trigger={
        <Button
          look="quiet"
          size="icon-sm"
          aria-label={`Actions for a session of ${displayText(session.operator.name, 64)}`}
        >
          <MoreHorizontal aria-hidden />
        </Button>
      }
    >
      <CopyIdItem id={session.id} what="Session ID" />
      <MenuSeparator />
      <MenuItem
        icon={<LogOut aria-hidden />}
        isDestructive
        disabledBecause={forbidden ?? (can.can ? undefined : can.why)}
        onSelect={onEnd}
      >
        {session.isCurrent ? 'End this session and sign out' : 'End session'}
      </MenuItem>
    </DropdownMenu>
  )
}
