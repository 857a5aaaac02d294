'use client'

import { DropdownMenu as Radix } from 'radix-ui'
import type { ReactNode } from 'react'
import { cn } from './cn'

const item =
  'flex min-h-7 w-full cursor-default items-start gap-2 rounded-sm px-2 py-1 text-left text-sm outline-none select-none data-highlighted:bg-hover [&_svg]:mt-0.5 [&_svg]:size-4 [&_svg]:shrink-0 [&_svg]:text-quiet'

export interface DropdownMenuProps {
  /** One focusable element. */
  readonly trigger: ReactNode
  readonly align?: 'start' | 'end'
  readonly children: ReactNode
}

export function DropdownMenu({ trigger, align = 'end', children }: DropdownMenuProps) {
  return (
    <Radix.Root modal={false}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          align={align}
          sideOffset={4}
          collisionPadding={8}
          className="z-50 max-h-(--radix-dropdown-menu-content-available-height) max-w-80 min-w-44 overflow-y-auto rounded-md border border-line bg-raised p-1 shadow-float"
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

export interface MenuItemProps {
  readonly children: ReactNode
  readonly icon?: ReactNode
  readonly onSelect?: () => void
  readonly isDestructive?: boolean
  /** Why it cannot be done. The item stays reachable, so that the reason is read; choosing it does nothing. */
  readonly disabledBecause?: string | undefined
  /** Renders the one child (a link) as the item. */
  readonly asChild?: boolean
}

export function MenuItem(props: MenuItemProps) {
  const { children, icon, onSelect, isDestructive = false, disabledBecause, asChild = false } = props
  const isDisabled = disabledBecause !== undefined
  if (asChild) {
    return (
      <Radix.Item asChild className={item}>
        {children}
      </Radix.Item>
    )
  }
  return (
    <Radix.Item
      aria-disabled={isDisabled || undefined}
      onSelect={(event) => {
        if (isDisabled) event.preventDefault()
        else onSelect?.()
      }}
      className={cn(item, isDestructive && !isDisabled && 'text-bad [&_svg]:text-bad', isDisabled && 'text-quiet')}
    >
      {icon}
      <span className="flex flex-col">
        <span>{children}</span>
        {isDisabled && <span className="text-xs text-quiet">{disabledBecause}</span>}
      </span>
    </Radix.Item>
  )
}

export function MenuSeparator() {
  return <Radix.Separator className="-mx-1 my-1 h-px bg-line" />
}

export function MenuLabel({ children }: { readonly children: ReactNode }) {
  return <Radix.Label className="px-2 py-1 text-xs text-quiet">{children}</Radix.Label>
}

export interface MenuRadioGroupProps<Value extends string> {
  readonly value: Value
  readonly onValueChange: (value: Value) => void
  readonly options: readonly { readonly value: Value; readonly label: string; readonly icon?: ReactNode }[]
}

export function MenuRadioGroup<Value extends string>({ value, onValueChange, options }: MenuRadioGroupProps<Value>) {
  const choose = (chosen: string) => {
    const option = options.find((candidate) => candidate.value === chosen)
    if (option) onValueChange(option.value)
  }
  return (
    <Radix.RadioGroup value={value} onValueChange={choose}>
      {options.map((option) => (
        <Radix.RadioItem key={option.value} value={option.value} className={cn(item, 'items-center')}>
          {option.icon}
          <span className="grow">{option.label}</span>
          <Radix.ItemIndicator>
            <span aria-hidden className="block size-1.5 rounded-full bg-accent" />
          </Radix.ItemIndicator>
        </Radix.RadioItem>
      ))}
    </Radix.RadioGroup>
  )
}
