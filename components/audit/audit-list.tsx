'use client'

import { useQuery } from '@tanstack/react-query'
import { useQueryStates } from 'nuqs'
import { ProblemState } from '@/components/common/problem-state'
import { UpdatedAt } from '@/components/common/updated-at'
import { DataTable } from '@/components/table/data-table'
import { Card } from '@/components/ui/card'
import { Instant } from '@/components/ui/instant'
import { PageHeader } from '@/components/ui/page-header'
import { Pager } from '@/components/ui/pager'
import { EmptyState, FilteredEmptyState } from '@/components/ui/state-panel'
import { auditEventListQuery } from '@/lib/client/queries/audit-event-queries'
import { auditLogParams, hasAuditFilters, noAuditFilters, toAuditQuery } from '@/lib/client/search-params/audit-log'
import { auditEventColumns } from './audit-event-columns'
import { AuditFilters } from './audit-filters'
import { AuditPanel } from './audit-panel'

export function AuditList() {
  const [params, setParams] = useQueryStates(auditLogParams, { history: 'push' })
  const list = useQuery(auditEventListQuery(toAuditQuery(params)))
  const rows = list.data?.items
  const isEmpty = rows?.length === 0
  const columns = auditEventColumns({
    open: (event) => (
      <button
        type="button"
        data-row-link
        onClick={() => void setParams({ event: event.id })}
        className="rounded-sm text-left hover:underline"
      >
        <Instant at={event.at} show="utc" isInControl className="max-sm:whitespace-normal" />
        <span className="sr-only">, open event</span>
      </button>
    ),
  })
  return (
    <>
      <PageHeader
        title="Audit log"
        description="What operators, API tokens and the system did. Nothing in it is ever changed or removed."
        actions={
          <UpdatedAt at={list.dataUpdatedAt} isFetching={list.isFetching} onRefresh={() => void list.refetch()} />
        }
      />
      <AuditFilters params={params} onChange={(change) => void setParams({ ...change, after: null })} />
      <Card isFlush>
        <DataTable
          label="Audit log"
          columns={columns}
          rows={rows}
          rowKey={(event) => event.id}
          currentKey={params.event}
          isStale={list.isPlaceholderData}
          skeletonRows={12}
          state={
            list.isError && rows === undefined ? (
              <ProblemState error={list.error} permission="audit.read" onRetry={() => void list.refetch()} />
            ) : isEmpty && (hasAuditFilters(params) || params.after !== null) ? (
              <FilteredEmptyState onClear={() => void setParams(noAuditFilters)} />
            ) : isEmpty ? (
              <EmptyState title="Nothing was done yet">
                Each change that an operator, an API token or the system makes appears here, with its reason.
              </EmptyState>
            ) : null
          }
        />
        {rows !== undefined && !isEmpty && (
          <Pager
            shown={rows.length}
            noun={['event', 'events']}
            hasNext={(list.data?.nextCursor ?? null) !== null}
            isFirst={params.after === null}
            isLoading={list.isPlaceholderData}
            onNext={() => void setParams({ after: list.data?.nextCursor ?? null })}
            onFirst={() => void setParams({ after: null })}
          />
        )}
      </Card>
      <AuditPanel
        id={params.event}
        known={rows?.find((event) => event.id === params.event)}
        onClose={() => void setParams({ event: null })}
      />
    </>
  )
}
