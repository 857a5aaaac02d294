import { createContext, use } from 'react'

interface FieldControl {
  readonly id: string
  readonly describedBy: string | undefined
  readonly isInvalid: boolean
  readonly isRequired: boolean
}

export const FieldContext = createContext<FieldControl | null>(null)

/** What ties a control to the label, hint and error of the field around it. */
export function useFieldControl() {
  const field = use(FieldContext)
  if (field === null) return {}
  return {
    id: field.id,
    'aria-describedby': field.describedBy,
    'aria-invalid': field.isInvalid || undefined,
    'aria-required': field.isRequired || undefined,
  }
}

export const controlClass =
  'w-full rounded-md border border-line-strong bg-raised text-base text-text placeholder:text-faint sm:text-sm disabled:opacity-60 aria-invalid:border-bad'
