'use client'

import { cn } from './cn'
import { formatClock, formatLocal, formatRelative, formatUtc } from './format-time'
import { Tooltip } from './tooltip'
import { useNow } from './use-now'

export interface InstantProps {
  /** RFC 3339. */
  readonly at: string
  /** `clock` is the local time with milliseconds; `utc` is for audits. */
  readonly show?: 'relative' | 'clock' | 'utc' | 'local'
  /** It stands in a button or link, which takes the focus instead. */
  readonly isInControl?: boolean
  readonly className?: string
}

/** An instant: relative in the text; UTC, local and raw on hover and focus. */
export function Instant({ at, show = 'relative', isInControl = false, className }: InstantProps) {
  const nowMs = useNow()
  const date = new Date(at)
  if (Number.isNaN(date.getTime())) return <span className={className}>unknown</span>
  // The server knows neither the reader's clock nor zone: UTC until the page is alive.
  const text = nowMs === null ? formatUtc(date) : textOf(date, show, new Date(Math.max(nowMs, Date.now())))
  return (
    <Tooltip content={<Details at={at} date={date} />}>
      <time
        dateTime={at}
        tabIndex={isInControl ? undefined : 0}
        className={cn('rounded-sm whitespace-nowrap tabular', className)}
        suppressHydrationWarning
      >
        {text}
      </time>
    </Tooltip>
  )
}

function textOf(date: Date, show: NonNullable<InstantProps['show']>, now: Date): string {
  switch (show) {
    case 'relative':
      return formatRelative(date, now)
    case 'clock':
      return formatClock(date)
    case 'utc':
      return formatUtc(date)
    case 'local':
      return formatLocal(date)
  }
}

function Details({ at, date }: { readonly at: string; readonly date: Date }) {
  return (
    <dl className="grid grid-cols-[auto_1fr] items-center gap-x-3 gap-y-0.5 tabular">
      <dt className="text-quiet">UTC</dt>
      <dd>{formatUtc(date)}</dd>
      <dt className="text-quiet">Local</dt>
      <dd>{formatLocal(date)}</dd>
      <dt className="text-quiet">Raw</dt>
      <dd className="font-mono">{at}</dd>
    </dl>
  )
}
