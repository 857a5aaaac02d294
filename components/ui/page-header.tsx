import type { ReactNode } from 'react'

export interface PageHeaderProps {
  readonly title: ReactNode
  readonly description?: ReactNode
  /** Beside the title: a state. */
  readonly aside?: ReactNode
  readonly actions?: ReactNode
}

/** The page's one `h1`. It takes the focus on navigation (components/layout/focus-on-navigation.tsx). */
export function PageHeader({ title, description, aside, actions }: PageHeaderProps) {
  return (
    <header className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
      <div className="min-w-0">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <h1 tabIndex={-1} className="text-xl font-semibold tracking-tight wrap-anywhere">
            {title}
          </h1>
          {aside}
        </div>
        {description !== undefined && <div className="mt-0.5 max-w-prose text-quiet">{description}</div>}
      </div>
      {actions !== undefined && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
    </header>
  )
}
