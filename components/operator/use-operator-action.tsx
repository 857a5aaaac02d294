'use client'

import { useState, type ReactNode } from 'react'
import type { Operator } from '@/lib/contract/operators'
import { ChangeRoleDialog } from './change-role-dialog'
import { RemoveOperatorDialog } from './remove-operator-dialog'
import { ResetOperatorDialog } from './reset-operator-dialog'

export type OperatorActionName = 'role' | 'reset' | 'remove'

/** The dialog of whatever is done to an operator; it stands somewhere on the page. */
export function useOperatorAction(): {
  readonly open: (action: OperatorActionName, operator: Operator) => void
  readonly dialog: ReactNode
} {
  const [asked, setAsked] = useState<{ readonly action: OperatorActionName; readonly operator: Operator } | null>(null)
  const props = asked && { operator: asked.operator, onClose: () => setAsked(null) }
  return {
    open: (action, operator) => setAsked({ action, operator }),
    dialog: props && (
      <>
        {asked.action === 'role' && <ChangeRoleDialog {...props} />}
        {asked.action === 'reset' && <ResetOperatorDialog {...props} />}
        {asked.action === 'remove' && <RemoveOperatorDialog {...props} />}
      </>
    ),
  }
}

export interface OperatorDialogProps {
  readonly operator: Operator
  readonly onClose: () => void
}
