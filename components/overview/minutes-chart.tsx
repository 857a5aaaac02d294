'use client'

import { Bar, BarChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts'
import { formatLocal } from '@/components/ui/format-time'
import type { Overview } from '@/lib/contract/overview'

export interface MinutesChartProps {
  readonly minutes: Overview['minutes']
  readonly hasObserved: boolean
}

const clock = (at: unknown) => (typeof at === 'string' ? formatLocal(new Date(at)).slice(11, 16) : '')
const tick = { fill: 'var(--quiet)', fontSize: 12 }
const names = { allowed: 'Allowed', denied: 'Denied', observed: 'Observed' } as const

/** Stacked bars, one a minute. */
export function MinutesChart({ minutes, hasObserved }: MinutesChartProps) {
  return (
    <ResponsiveContainer width="100%" height={224}>
      <BarChart data={[...minutes]} barCategoryGap="12%" margin={{ top: 4, right: 0, bottom: 0, left: 0 }}>
        <CartesianGrid vertical={false} stroke="var(--line)" />
        <XAxis
          dataKey="at"
          tickFormatter={clock}
          tick={tick}
          tickLine={false}
          axisLine={{ stroke: 'var(--line)' }}
          minTickGap={48}
        />
        <YAxis tick={tick} tickLine={false} axisLine={false} width={40} allowDecimals={false} />
        <Tooltip cursor={{ fill: 'var(--hover)' }} isAnimationActive={false} content={<MinuteValues />} />
        <Bar dataKey="allowed" stackId="all" fill="var(--chart-allowed)" isAnimationActive={false} />
        {hasObserved && <Bar dataKey="observed" stackId="all" fill="var(--chart-observed)" isAnimationActive={false} />}
        <Bar dataKey="denied" stackId="all" fill="var(--chart-denied)" isAnimationActive={false} />
      </BarChart>
    </ResponsiveContainer>
  )
}

interface MinuteValuesProps {
  readonly active?: boolean
  readonly label?: unknown
  readonly payload?: readonly { readonly dataKey?: unknown; readonly value?: unknown }[]
}

/** recharts hands in what the pointer or the arrow keys are on. */
function MinuteValues({ active = false, label, payload = [] }: MinuteValuesProps) {
  if (!active) return null
  return (
    <div className="rounded-md border border-line bg-raised px-2.5 py-1.5 text-xs shadow-float">
      <p className="text-quiet tabular">{clock(label)}</p>
      {payload.map(({ dataKey, value }) => (
        <p key={String(dataKey)} className="flex justify-between gap-4 tabular">
          <span>{names[dataKey as keyof typeof names] ?? ''}</span>
          <span className="font-medium">{Number(value).toLocaleString('en')}</span>
        </p>
      ))}
    </div>
  )
}
