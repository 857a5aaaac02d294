'use client'

import { Check, Minus } from 'lucide-react'
import { useId, type ComponentProps, type ReactNode } from 'react'
import { cn } from './cn'

export interface CheckboxProps extends Omit<ComponentProps<'input'>, 'type'> {
  readonly label: ReactNode
  readonly hint?: ReactNode
  readonly isLabelHidden?: boolean
  readonly isMixed?: boolean
}

/** The browser's own checkbox in our clothes, with its label. Radix' one writes a style attribute on the server. */
export function Checkbox({ label, hint, isLabelHidden, isMixed = false, className, ...props }: CheckboxProps) {
  const id = useId()
  return (
    <div className={cn('flex items-start gap-2', className)}>
      <span className="relative mt-0.5 inline-flex">
        <input
          id={id}
          type="checkbox"
          ref={(input) => {
            if (input) input.indeterminate = isMixed
          }}
          aria-describedby={hint === undefined ? undefined : `${id}-hint`}
          className="peer size-4 appearance-none rounded-sm border border-line-strong bg-raised checked:border-transparent checked:bg-accent-fill indeterminate:border-transparent indeterminate:bg-accent-fill disabled:opacity-60"
          {...props}
        />
        <Check
          aria-hidden
          className="pointer-events-none absolute top-0.5 left-0.5 hidden size-3 text-on-accent peer-checked:block"
        />
        <Minus
          aria-hidden
          className="pointer-events-none absolute top-0.5 left-0.5 hidden size-3 bg-accent-fill text-on-accent peer-indeterminate:block"
        />
      </span>
      <span className={cn('flex flex-col', isLabelHidden === true && 'sr-only')}>
        <label htmlFor={id}>{label}</label>
        {hint !== undefined && (
          <span id={`${id}-hint`} className="text-xs text-quiet">
            {hint}
          </span>
        )}
      </span>
    </div>
  )
}
