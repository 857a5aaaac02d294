import { HostileText } from './hostile-text'

export interface LabelListProps {
  readonly labels: Readonly<Record<string, string>>
  /** More are counted. */
  readonly max?: number
}

export function LabelList({ labels, max = 32 }: LabelListProps) {
  const entries = Object.entries(labels).sort(([a], [b]) => a.localeCompare(b))
  if (entries.length === 0) return <span className="text-quiet">None</span>
  const more = entries.length - max
  return (
    <ul className="flex flex-wrap gap-1">
      {entries.slice(0, max).map(([key, value]) => (
        <li key={key} className="inline-flex rounded-sm bg-neutral-soft px-1.5 font-mono text-xs leading-5">
          <HostileText text={key} maxLength={63} className="text-quiet" />
          <span className="text-quiet">=</span>
          <HostileText text={value} maxLength={40} />
        </li>
      ))}
      {more > 0 && <li className="text-xs leading-5 text-quiet">and {more} more</li>}
    </ul>
  )
}
