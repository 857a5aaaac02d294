'use client'

import { useQuery } from '@tanstack/react-query'
import { LogOut } from 'lucide-react'
import { useQueryStates } from 'nuqs'
import { useState } from 'react'
import { ProblemState } from '@/components/common/problem-state'
import { UpdatedAt } from '@/components/common/updated-at'
import { useViewer, useWhyNot } from '@/components/common/viewer'
import { DataTable } from '@/components/table/data-table'
import { Card } from '@/components/ui/card'
import { PageHeader } from '@/components/ui/page-header'
import { Pager } from '@/components/ui/pager'
import { ReasonedButton } from '@/components/ui/reasoned-button'
import { EmptyState, FilteredEmptyState } from '@/components/ui/state-panel'
import { sessionListQuery } from '@/lib/client/queries/session-queries'
import { noSessionFilters, sessionListParams, toSessionQuery } from '@/lib/client/search-params/settings-lists'
import type { Session } from '@/lib/contract/sessions'
import { EndSessionDialog } from './end-session-dialog'
import { sessionColumns } from './session-columns'
import { SessionFilters } from './session-filters'
import { SessionRowMenu } from './session-row-menu'

export function SessionList() {
  const [params, setParams] = useQueryStates(sessionListParams, { history: 'push' })
  const [ending, setEnding] = useState<Session | 'others' | null>(null)
  const list = useQuery(sessionListQuery(toSessionQuery(params)))
  const seesAll = useViewer().role === 'administrator'
  const rows = list.data?.items
  const isEmpty = rows?.length === 0
  const isFiltered = params.state !== 'any' || params.operator !== null || params.after !== null
  const columns = sessionColumns({
    hasOperator: seesAll,
    menu: (session) => <SessionRowMenu session={session} onEnd={() => setEnding(session)} />,
  })
  return (
    <>
      <PageHeader
        title="Sessions"
        description={
          seesAll
            ? 'In which browsers operators are signed in. You see everybody’s, because you are an administrator.'
            : 'In which browsers you are signed in. Administrators see everybody’s.'
        }
        actions={
          <>
            <UpdatedAt at={list.dataUpdatedAt} isFetching={list.isFetching} onRefresh={() => void list.refetch()} />
            <ReasonedButton disabledBecause={useWhyNot('sessions.end')} onClick={() => setEnding('others')}>
              <LogOut aria-hidden />
              End my other sessions
            </ReasonedButton>
          </>
        }
      />
      <SessionFilters
        state={params.state}
        operator={params.operator}
        hasOperators={seesAll}
        onChange={(change) => void setParams({ ...change, after: null })}
      />
      <Card isFlush>
        <DataTable
          label="Sessions"
          columns={columns}
          rows={rows}
          rowKey={(session) => session.id}
          isStale={list.isPlaceholderData}
          skeletonRows={4}
          state={
            list.isError && rows === undefined ? (
              <ProblemState error={list.error} permission="sessions.read" onRetry={() => void list.refetch()} />
            ) : isEmpty && isFiltered ? (
              <FilteredEmptyState onClear={() => void setParams(noSessionFilters)} />
            ) : isEmpty ? (
              <EmptyState title="Nobody has signed in yet" />
            ) : null
          }
        />
        {rows !== undefined && !isEmpty && (
          <Pager
            shown={rows.length}
            noun={['session', 'sessions']}
            hasNext={(list.data?.nextCursor ?? null) !== null}
            isFirst={params.after === null}
            isLoading={list.isPlaceholderData}
            onNext={() => void setParams({ after: list.data?.nextCursor ?? null })}
            onFirst={() => void setParams({ after: null })}
          />
        )}
      </Card>
      {ending !== null && <EndSessionDialog session={ending} onClose={() => setEnding(null)} />}
    </>
  )
}
