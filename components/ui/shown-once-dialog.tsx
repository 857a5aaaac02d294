'use client'

import type { ReactNode } from 'react'
import { Button } from './button'
import { Dialog, DialogFooter } from './dialog'

export interface ShownOnceDialogProps {
  readonly title: ReactNode
  /** What it is for, and that it is shown this once. */
  readonly description: ReactNode
  /** The secret, with its copy button. */
  readonly children: ReactNode
  readonly size?: 'md' | 'lg'
  readonly onDone: () => void
}

/** A secret that is shown this once: copied, then only "Done". Neither Escape nor a click beside it loses it. */
export function ShownOnceDialog({ title, description, children, size = 'md', onDone }: ShownOnceDialogProps) {
  return (
    <Dialog isOpen onOpenChange={() => undefined} title={title} description={description} size={size} mustDecide>
      {children}
      <DialogFooter>
        <Button look="primary" onClick={onDone}>
          Done
        </Button>
      </DialogFooter>
    </Dialog>
  )
}
