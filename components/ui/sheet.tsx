'use client'

import { X } from 'lucide-react'
import { Dialog as Radix } from 'radix-ui'
import type { ReactNode } from 'react'
import { Button } from './button'
import { cn } from './cn'
import { useFocusReturn } from './use-focus-return'

const sides = {
  left: 'inset-y-0 left-0 w-72 max-w-[85vw] border-r',
  right: 'inset-y-0 right-0 w-full border-l sm:w-[30rem]',
} as const

export interface SheetProps {
  readonly isOpen: boolean
  readonly onOpenChange: (isOpen: boolean) => void
  readonly title: ReactNode
  readonly side?: keyof typeof sides
  readonly children: ReactNode
}

/** A panel from the side: navigation at phone width, detail over a list. */
export function Sheet({ isOpen, ...props }: SheetProps) {
  return isOpen && <OpenSheet {...props} />
}

function OpenSheet({ onOpenChange, title, side = 'right', children }: Omit<SheetProps, 'isOpen'>) {
  const returnFocus = useFocusReturn()
  return (
    <Radix.Root open onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-scrim" />
        <Radix.Content
          aria-describedby={undefined}
          onCloseAutoFocus={returnFocus}
          className={cn(
            'fixed z-50 flex flex-col overflow-y-auto border-line bg-raised shadow-float outline-none',
            sides[side],
          )}
        >
          <div className="sticky top-0 z-10 flex min-h-13 items-center justify-between gap-3 border-b border-line bg-raised px-4">
            <Radix.Title className="text-base font-semibold">{title}</Radix.Title>
            <Radix.Close asChild>
              <Button look="quiet" size="icon-sm" aria-label="Close">
                <X aria-hidden />
              </Button>
            </Radix.Close>
          </div>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
