import { cn } from '@/components/ui/cn'

export interface Totals {
  readonly allowed: number
  readonly denied: number
  readonly observed: number
}

const series = [
  { key: 'allowed', name: 'Allowed', swatch: 'bg-chart-allowed' },
  { key: 'denied', name: 'Denied', swatch: 'bg-chart-denied' },
  { key: 'observed', name: 'Observed', swatch: 'bg-chart-observed' },
] as const

/** Names, colours and sums of what is drawn. */
export function ChartLegend({ totals }: { readonly totals: Totals }) {
  return (
    <ul className="mb-3 flex flex-wrap gap-x-6 gap-y-1">
      {series
        .filter(({ key }) => key !== 'observed' || totals.observed > 0)
        .map(({ key, name, swatch }) => (
          <li key={key} className="flex items-center gap-2">
            <span aria-hidden className={cn('size-2.5 rounded-sm', swatch)} />
            <span className="text-quiet">{name}</span>
            <span className="font-medium tabular">{totals[key].toLocaleString('en')}</span>
          </li>
        ))}
    </ul>
  )
}
