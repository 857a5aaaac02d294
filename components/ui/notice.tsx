import { CircleAlert, CircleCheck, Info, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { cn } from './cn'

const looks = {
  info: { className: 'bg-info-soft text-info', icon: Info },
  good: { className: 'bg-good-soft text-good', icon: CircleCheck },
  warn: { className: 'bg-warn-soft text-warn', icon: TriangleAlert },
  bad: { className: 'bg-bad-soft text-bad', icon: CircleAlert },
} as const

export interface NoticeProps {
  readonly tone?: keyof typeof looks
  readonly title?: ReactNode
  readonly children?: ReactNode
  readonly action?: ReactNode
  readonly className?: string
}

/** Something to know about the page or form it stands in. What went wrong is read out at once. */
export function Notice({ tone = 'info', title, children, action, className }: NoticeProps) {
  const { className: look, icon: Icon } = looks[tone]
  return (
    <div
      role={tone === 'bad' ? 'alert' : 'status'}
      className={cn('flex flex-wrap items-start gap-x-3 gap-y-2 rounded-md px-3 py-2.5', look, className)}
    >
      <Icon aria-hidden className="mt-0.5 size-4 shrink-0" />
      <div className="min-w-0 flex-1 wrap-anywhere">
        {title !== undefined && <p className="font-medium">{title}</p>}
        {children !== undefined && <div className="text-text">{children}</div>}
      </div>
      {action}
    </div>
  )
}
