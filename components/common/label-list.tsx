import { cn } from '@/components/ui/cn'
import { HostileText } from './hostile-text'

export interface LabelListProps {
  readonly labels: Readonly<Record<string, string>>
  /** More are counted. */
  readonly max?: number
  /** In tables: cut at the end of its cell. */
  readonly isOneLine?: boolean
}

export function LabelList({ labels, max = 32, isOneLine = false }: LabelListProps) {
  const entries = Object.entries(labels).sort(([a], [b]) => a.localeCompare(b))
  if (entries.length === 0) return <span className="text-quiet">None</span>
  const more = entries.length - max
  return (
    <ul className={cn('flex gap-1', isOneLine ? 'min-w-0' : 'flex-wrap')}>
      {entries.slice(0, max).map(([key, value], index) => (
        <li
          key={key}
          className={cn(
            'rounded-sm bg-neutral-soft px-1.5 font-mono text-xs leading-5',
            isOneLine && 'truncate',
            // The first stays whole as long as it can.
            isOneLine && (index === 0 ? 'max-w-full shrink-0' : 'min-w-0'),
          )}
        >
          <HostileText text={key} maxLength={63} className="text-quiet" />
          <span className="text-quiet">=</span>
          <HostileText text={value} maxLength={40} />
        </li>
      ))}
      {more > 0 && (
        <li className="text-xs leading-5 whitespace-nowrap text-quiet">
          {isOneLine ? `+${more}` : `and ${more} more`}
        </li>
      )}
    </ul>
  )
}
