'use client'

import { X } from 'lucide-react'
import { Dialog as Radix } from 'radix-ui'
import type { ReactNode } from 'react'
import { Button } from './button'
import { cn } from './cn'
import { useFocusReturn } from './use-focus-return'

export interface DialogProps {
  readonly isOpen: boolean
  readonly onOpenChange: (isOpen: boolean) => void
  readonly title: ReactNode
  /** Read out when the dialog opens. */
  readonly description?: ReactNode
  readonly children: ReactNode
  readonly size?: 'md' | 'lg'
  /** No cross, and neither Escape nor a click beside it closes: for secrets that are shown once. */
  readonly mustDecide?: boolean
}

const sizes = { md: 'sm:max-w-md', lg: 'sm:max-w-2xl' } as const

/** A modal dialog; from below at phone width. */
export function Dialog({ isOpen, ...props }: DialogProps) {
  return isOpen && <OpenDialog {...props} />
}

function OpenDialog(props: Omit<DialogProps, 'isOpen'>) {
  const { onOpenChange, title, description, children, size = 'md', mustDecide = false } = props
  const returnFocus = useFocusReturn()
  const hold = (event: Event) => {
    if (mustDecide) event.preventDefault()
  }
  return (
    <Radix.Root open onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-scrim" />
        <Radix.Content
          onCloseAutoFocus={returnFocus}
          onEscapeKeyDown={hold}
          onInteractOutside={hold}
          {...(description === undefined && { 'aria-describedby': undefined })}
          className={cn(
            'fixed inset-x-0 bottom-0 z-50 flex max-h-[92dvh] flex-col gap-4 overflow-y-auto rounded-t-lg border border-line bg-raised p-5 shadow-float outline-none',
            'sm:inset-x-auto sm:top-[12vh] sm:bottom-auto sm:left-1/2 sm:max-h-[80vh] sm:w-full sm:-translate-x-1/2 sm:rounded-lg',
            sizes[size],
          )}
        >
          <div className="flex items-start justify-between gap-4">
            <div className="flex min-w-0 flex-col gap-1">
              <Radix.Title className="text-lg font-semibold wrap-anywhere">{title}</Radix.Title>
              {description !== undefined && (
                <Radix.Description asChild>
                  <div className="text-sm text-quiet">{description}</div>
                </Radix.Description>
              )}
            </div>
            {!mustDecide && (
              <Radix.Close asChild>
                <Button look="quiet" size="icon-sm" aria-label="Close">
                  <X aria-hidden />
                </Button>
              </Radix.Close>
            )}
          </div>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

/** The row of buttons at a dialog's end; the verb stands last. */
export function DialogFooter({ children }: { readonly children: ReactNode }) {
  return <div className="flex flex-col-reverse gap-2 sm:flex-row sm:justify-end">{children}</div>
}
