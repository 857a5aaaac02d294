'use client'

import dynamic from 'next/dynamic'
import { useState } from 'react'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { Skeleton } from '@/components/ui/skeleton'
import type { Overview } from '@/lib/contract/overview'
import { ChartLegend } from './chart-legend'
import { MinutesTable } from './minutes-table'
import { sinceFirstDecision } from './since-first-decision'

// In the browser only: on the server it would write style attributes, which the CSP refuses.
const MinutesChart = dynamic(() => import('./minutes-chart').then((module) => module.MinutesChart), {
  ssr: false,
  loading: () => <Skeleton className="h-56" />,
})

/** Decisions per minute, with the same numbers as a table behind the chart. */
export function DecisionsChart({ minutes }: { readonly minutes: Overview['minutes'] }) {
  const [isTable, setIsTable] = useState(false)
  // A deployment of today would be drawn as an empty hour with something at its end.
  const shown = sinceFirstDecision(minutes)
  const range = shown.length === 60 ? 'last hour' : `last ${shown.length} minutes`
  const totals = minutes.reduce(
    (sum, minute) => ({
      allowed: sum.allowed + minute.allowed,
      denied: sum.denied + minute.denied,
      observed: sum.observed + minute.observed,
    }),
    { allowed: 0, denied: 0, observed: 0 },
  )
  return (
    <Card
      title="Decisions per minute"
      description={`Requests, ${range}`}
      action={
        <Button size="sm" look="quiet" aria-pressed={isTable} onClick={() => setIsTable(!isTable)}>
          {isTable ? 'Show the chart' : 'Show the numbers'}
        </Button>
      }
    >
      <ChartLegend totals={totals} />
      {isTable ? (
        <MinutesTable minutes={shown} />
      ) : (
        <figure
          aria-label={`Decisions per minute, ${range}: ${totals.allowed} allowed, ${totals.denied} denied. The button shows the numbers as a table.`}
        >
          <MinutesChart minutes={shown} hasObserved={totals.observed > 0} />
        </figure>
      )}
    </Card>
  )
}
