'use client'

import { CircleAlert } from 'lucide-react'
import { useId, useMemo, type ReactNode } from 'react'
import { cn } from './cn'
import { FieldContext } from './field-context'

export interface FieldProps {
  readonly label: ReactNode
  readonly hint?: ReactNode
  readonly error?: string | undefined
  readonly isRequired?: boolean
  /** The label is read out and not shown: search boxes in toolbars. */
  readonly isLabelHidden?: boolean
  readonly className?: string
  /** One control of this folder: Input, Textarea, Select. */
  readonly children: ReactNode
}

/** A control with its label, its hint and its error, tied together for assistive technology. */
export function Field({ label, hint, error, isRequired = false, isLabelHidden, className, children }: FieldProps) {
  const id = useId()
  const hintId = `${id}-hint`
  const errorId = `${id}-error`
  const hasHint = hint !== undefined && hint !== null
  const hasError = error !== undefined && error !== ''
  const describedBy = [hasError && errorId, hasHint && hintId].filter(Boolean).join(' ') || undefined
  const control = useMemo(
    () => ({ id, describedBy, isInvalid: hasError, isRequired }),
    [id, describedBy, hasError, isRequired],
  )
  return (
    <div className={cn('flex flex-col gap-1.5', className)}>
      <label htmlFor={id} className={cn('text-sm font-medium', isLabelHidden === true && 'sr-only')}>
        {label}
        {isRequired && (
          <span aria-hidden className="text-quiet">
            {' '}
            (required)
          </span>
        )}
      </label>
      <FieldContext value={control}>{children}</FieldContext>
      {hasError && (
        <p id={errorId} role="alert" className="flex items-start gap-1.5 text-xs text-bad">
          <CircleAlert aria-hidden className="mt-px size-3.5 shrink-0" />
          {error}
        </p>
      )}
      {hasHint && (
        <p id={hintId} className="text-xs text-quiet">
          {hint}
        </p>
      )}
    </div>
  )
}
