'use client'

import { ChevronDown } from 'lucide-react'
import type { ComponentProps } from 'react'
import { cn } from './cn'
import { controlClass, useFieldControl } from './field-context'

/**
 * The browser's own select: it works with a thumb, with every screen reader and without script, and injects no `<style>`
 * as Radix' Select does. Children are `<option>`s.
 */
export function Select({ className, children, ...props }: ComponentProps<'select'>) {
  return (
    <span className={cn('relative inline-flex w-full', className)}>
      <select {...useFieldControl()} className={cn(controlClass, 'h-8 appearance-none pr-8 pl-2.5')} {...props}>
        {children}
      </select>
      <ChevronDown
        aria-hidden
        className="pointer-events-none absolute top-1/2 right-2 size-4 -translate-y-1/2 text-quiet"
      />
    </span>
  )
}
