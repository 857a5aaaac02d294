import type { ReactNode } from 'react'
import { cn } from './cn'

export interface Fact {
  readonly name: string
  readonly value: ReactNode
}

/** Names and values under each other. */
export function Facts({ facts, className }: { readonly facts: readonly Fact[]; readonly className?: string }) {
  return (
    <dl
      className={cn(
        'grid gap-x-4 gap-y-0.5 sm:gap-y-2 sm:grid-cols-[minmax(7rem,max-content)_minmax(0,1fr)]',
        className,
      )}
    >
      {facts.map((fact) => (
        <div key={fact.name} className="contents">
          <dt className="text-quiet">{fact.name}</dt>
          <dd className="mb-2 min-w-0 wrap-anywhere sm:mb-0">{fact.value}</dd>
        </div>
      ))}
    </dl>
  )
}
