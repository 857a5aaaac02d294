'use client'

import { useQuery } from '@tanstack/react-query'
import { useQueryStates } from 'nuqs'
import { ProblemState } from '@/components/common/problem-state'
import { UpdatedAt } from '@/components/common/updated-at'
import { DataTable } from '@/components/table/data-table'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { PageHeader } from '@/components/ui/page-header'
import { Pager } from '@/components/ui/pager'
import { EmptyState, FilteredEmptyState } from '@/components/ui/state-panel'
import { mergeTail } from '@/lib/client/merge-tail'
import { decisionListQuery } from '@/lib/client/queries/decision-queries'
import {
  decisionListParams,
  hasDecisionFilters,
  matchesDecisionFilters,
  noDecisionFilters,
  sinceMsOf,
  toDecisionQuery,
} from '@/lib/client/search-params/decision-list'
import { decisionColumns, OpenDecision } from './decision-columns'
import { DecisionFilters } from './decision-filters'
import { DecisionPanel } from './decision-panel'
import { LiveToggle } from './live-toggle'
import { useLiveTail } from './use-live-tail'

export function DecisionList() {
  const [params, setParams] = useQueryStates(decisionListParams, { history: 'push' })
  const list = useQuery(decisionListQuery(toDecisionQuery(params), { sinceMs: sinceMsOf(params) }))
  // A tail belongs to the newest page.
  const isLive = params.live && params.after === null
  const tail = useLiveTail(
    isLive,
    (decision) => matchesDecisionFilters(decision, params),
    () => void list.refetch(),
  )
  const tailed = tail.decisions.filter((decision) => matchesDecisionFilters(decision, params))
  const rows = list.data && mergeTail(list.data.items, tailed)
  const columns = decisionColumns({
    open: (decision) => (
      <OpenDecision
        at={decision.at}
        show={isLive ? 'clock' : 'relative'}
        onOpen={() => void setParams({ decision: decision.id })}
      />
    ),
  })
  const isEmpty = rows?.length === 0
  return (
    <>
      <PageHeader
        title="Credential use"
        description="Every one-time credential: who used it, for what, and what was decided."
        actions={
          <>
            {!isLive && (
              <UpdatedAt at={list.dataUpdatedAt} isFetching={list.isFetching} onRefresh={() => void list.refetch()} />
            )}
            <LiveToggle
              state={tail.state}
              isPaused={tail.isPaused}
              onToggle={() => void setParams({ live: isLive ? null : true, after: null })}
            />
          </>
        }
      />
      <DecisionFilters params={params} onChange={(change) => void setParams({ ...change, after: null })} />
      {tail.isPaused && tail.waiting > 0 && (
        <div className="sticky top-16 z-20 flex justify-center md:top-3">
          <Button
            look="primary"
            size="sm"
            onClick={() => {
              window.scrollTo({ top: 0 })
              tail.resume()
            }}
          >
            Show {tail.waiting.toLocaleString('en')} new
          </Button>
        </div>
      )}
      <Card isFlush>
        <DataTable
          label="Credential use"
          columns={columns}
          rows={rows}
          rowKey={(decision) => decision.id}
          currentKey={params.decision}
          isStale={list.isPlaceholderData}
          skeletonRows={12}
          state={
            list.isError && rows === undefined ? (
              <ProblemState error={list.error} permission="decisions.read" onRetry={() => void list.refetch()} />
            ) : isEmpty && (hasDecisionFilters(params) || params.after !== null) ? (
              <FilteredEmptyState onClear={() => void setParams(noDecisionFilters)} />
            ) : isEmpty ? (
              <EmptyState title="Nothing was decided yet">
                Each request that a gateway asks about appears here, allowed or denied.
              </EmptyState>
            ) : null
          }
        />
        {rows !== undefined && !isEmpty && (
          <Pager
            shown={rows.length}
            noun={['decision', 'decisions']}
            hasNext={(list.data?.nextCursor ?? null) !== null}
            isFirst={params.after === null}
            isLoading={list.isPlaceholderData}
            onNext={() => void setParams({ after: list.data?.nextCursor ?? null, live: null })}
            onFirst={() => void setParams({ after: null })}
          />
        )}
      </Card>
      <DecisionPanel
        id={params.decision}
        known={rows?.find((decision) => decision.id === params.decision)}
        onClose={() => void setParams({ decision: null })}
        onOpenDecision={(id) => void setParams({ decision: id })}
      />
    </>
  )
}
