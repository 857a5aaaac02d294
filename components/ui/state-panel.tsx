import { CloudOff, Inbox, Lock, SearchX } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button } from './button'
import { cn } from './cn'

interface StatePanelProps {
  readonly icon: ReactNode
  readonly title: ReactNode
  readonly children?: ReactNode
  readonly action?: ReactNode
  readonly role?: 'status' | 'alert'
  readonly className?: string
}

function StatePanel({ icon, title, children, action, role, className }: StatePanelProps) {
  return (
    <div role={role} className={cn('flex flex-col items-center gap-2 px-4 py-10 text-center', className)}>
      <span aria-hidden className="text-faint [&_svg]:size-6">
        {icon}
      </span>
      <p className="font-medium">{title}</p>
      {children !== undefined && <div className="max-w-md text-quiet wrap-anywhere">{children}</div>}
      {action !== undefined && <div className="mt-1">{action}</div>}
    </div>
  )
}

export interface StateProps {
  readonly title?: string
  readonly children?: ReactNode
  readonly action?: ReactNode
}

/** Nothing is there yet. */
export function EmptyState({ title = 'Nothing here yet', children, action }: StateProps) {
  return (
    <StatePanel icon={<Inbox />} title={title} action={action}>
      {children}
    </StatePanel>
  )
}

export interface FilteredEmptyStateProps {
  readonly children?: ReactNode
  readonly onClear: () => void
}

/** Something may be there, and the filters hide it. */
export function FilteredEmptyState({ children, onClear }: FilteredEmptyStateProps) {
  return (
    <StatePanel
      icon={<SearchX />}
      title="Nothing matches these filters"
      role="status"
      action={<Button onClick={onClear}>Clear filters</Button>}
    >
      {children}
    </StatePanel>
  )
}

/** The role does not allow it; names the permission. */
export function ForbiddenState({ permission, action }: { readonly permission: string; readonly action?: ReactNode }) {
  return (
    <StatePanel icon={<Lock />} title="Your role does not allow this" action={action}>
      It needs the permission <code className="text-xs">{permission}</code>. An administrator can give you a role that
      has it.
    </StatePanel>
  )
}

export interface FailedStateProps {
  readonly title?: string
  readonly advice: string
  readonly requestId?: string | undefined
  readonly onRetry?: () => void
}

/** It did not work: what to do next, and the id that finds the cause in the log. */
export function FailedState({ title = 'This could not be loaded', advice, requestId, onRetry }: FailedStateProps) {
  return (
    <StatePanel
      icon={<CloudOff />}
      title={title}
      role="alert"
      action={onRetry && <Button onClick={onRetry}>Try again</Button>}
    >
      {advice}
      {requestId !== undefined && (
        <span className="mt-1 block text-xs">
          Request <code>{requestId}</code>
        </span>
      )}
    </StatePanel>
  )
}
