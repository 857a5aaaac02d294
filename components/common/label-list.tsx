import { cn } from '@/components/ui/cn'
import { HostileText } from './hostile-text'

export interface LabelListProps {
  readonly labels: Readonly<Record<string, string>>
  /** More are counted. */
  readonly max?: number
  /** In tables: small and one below the other, so that each is whole and the row is no higher than two lines. */
  readonly isCompact?: boolean
}

export function LabelList({ labels, max = 32, isCompact = false }: LabelListProps) {
  const entries = Object.entries(labels).sort(([a], [b]) => a.localeCompare(b))
  if (entries.length === 0) return <span className="text-quiet">None</span>
  const more = entries.length - max
  return (
    <ul className={cn('flex', isCompact ? 'flex-col items-start gap-0.5 py-0.5' : 'flex-wrap gap-1')}>
      {entries.slice(0, max).map(([key, value]) => (
        <li
          key={key}
          className={cn(
            'max-w-full rounded-sm bg-neutral-soft px-1.5 font-mono',
            isCompact ? 'truncate text-[0.6875rem] leading-4' : 'text-xs leading-5',
          )}
        >
          <HostileText text={key} maxLength={63} className="text-quiet" />
          <span className="text-quiet">=</span>
          <HostileText text={value} maxLength={40} />
        </li>
      ))}
      {more > 0 && (
        <li className={cn('text-xs whitespace-nowrap text-quiet', isCompact ? 'leading-4' : 'leading-5')}>
          and {more} more
        </li>
      )}
    </ul>
  )
}
