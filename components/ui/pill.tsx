import { X } from 'lucide-react'
import type { ReactNode } from 'react'

export interface PillProps {
  /** What it filters by: "State". */
  readonly name: string
  readonly value: ReactNode
  /** The value as plain text, for the button that removes it. */
  readonly valueText: string
  readonly onRemove: () => void
}

/** A filter that is on, and can be taken off. */
export function Pill({ name, value, valueText, onRemove }: PillProps) {
  return (
    <span className="inline-flex h-7 max-w-full items-center gap-1 rounded-full border border-line bg-raised pr-1 pl-2.5 text-xs">
      <span className="text-quiet">{name}</span>
      <span className="truncate font-medium">{value}</span>
      <button
        type="button"
        onClick={onRemove}
        aria-label={`Remove filter ${name}: ${valueText}`}
        className="inline-flex size-5 shrink-0 items-center justify-center rounded-full text-quiet hover:bg-hover hover:text-text"
      >
        <X aria-hidden className="size-3.5" />
      </button>
    </span>
  )
}

export function Pills({ children, onClear }: { readonly children: ReactNode; readonly onClear?: () => void }) {
  return (
    <div role="group" aria-label="Filters that are on" className="flex flex-wrap items-center gap-1.5">
      {children}
      {onClear && (
        <button
          type="button"
          onClick={onClear}
          className="h-7 rounded-full px-2 text-xs text-quiet hover:bg-hover hover:text-text"
        >
          Clear filters
        </button>
      )}
    </div>
  )
}
