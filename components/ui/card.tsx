import { useId, type ReactNode } from 'react'
import { cn } from './cn'

export interface CardProps {
  readonly title?: ReactNode
  readonly description?: ReactNode
  readonly action?: ReactNode
  readonly children: ReactNode
  readonly className?: string
  /** Tables reach the edges. */
  readonly isFlush?: boolean
}

/** A section with a border and a heading of the second level. */
export function Card({ title, description, action, children, className, isFlush = false }: CardProps) {
  const id = useId()
  const hasTitle = title !== undefined
  return (
    <section
      aria-labelledby={hasTitle ? id : undefined}
      className={cn('min-w-0 rounded-lg border border-line bg-raised', className)}
    >
      {hasTitle && (
        <div className="flex min-h-11 flex-wrap items-center justify-between gap-x-4 gap-y-1 border-b border-line px-4 py-2">
          <div className="min-w-0">
            <h2 id={id} className="text-sm font-semibold">
              {title}
            </h2>
            {description !== undefined && <p className="text-xs text-quiet">{description}</p>}
          </div>
          {action}
        </div>
      )}
      <div className={cn(!isFlush ? 'p-4' : hasTitle ? 'overflow-hidden rounded-b-lg' : 'overflow-hidden rounded-lg')}>
        {children}
      </div>
    </section>
  )
}
