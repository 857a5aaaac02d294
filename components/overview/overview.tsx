'use client'

import { useQuery } from '@tanstack/react-query'
import { ProblemState } from '@/components/common/problem-state'
import { UpdatedAt } from '@/components/common/updated-at'
import { Card } from '@/components/ui/card'
import { PageHeader } from '@/components/ui/page-header'
import { overviewQuery } from '@/lib/client/queries/overview-queries'
import { isSetUp } from '@/lib/client/set-up-steps'
import { DecisionsChart } from './decisions-chart'
import { DenialReasons } from './denial-reasons'
import { LatestDenials } from './latest-denials'
import { MachineCounts } from './machine-counts'
import { NextSteps } from './next-steps'
import { OverviewSkeleton } from './overview-skeleton'

/** What happened in the last hour, and what stands in need of somebody. */
export function Overview() {
  const query = useQuery(overviewQuery())
  const overview = query.data
  return (
    <>
      <PageHeader
        title="Overview"
        actions={
          <UpdatedAt at={query.dataUpdatedAt} isFetching={query.isFetching} onRefresh={() => void query.refetch()} />
        }
      />
      {overview === undefined && !query.isError && <OverviewSkeleton />}
      {overview === undefined && query.isError && (
        <Card>
          <ProblemState error={query.error} permission="decisions.read" onRetry={() => void query.refetch()} />
        </Card>
      )}
      {overview !== undefined && (
        <>
          {!isSetUp(overview.setUp) && <NextSteps setUp={overview.setUp} />}
          <MachineCounts counts={overview.machinesByState} />
          {/* Before the first request there is nothing to draw. */}
          {overview.setUp.hasDecision || overview.latestDenials.length > 0 ? (
            <>
              <div className="grid items-stretch gap-5 xl:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
                <DecisionsChart minutes={overview.minutes} />
                <DenialReasons reasons={overview.denialReasons} />
              </div>
              <LatestDenials denials={overview.latestDenials} />
            </>
          ) : null}
        </>
      )}
    </>
  )
}
