'use client'

import { useQuery } from '@tanstack/react-query'
import { useQueryStates } from 'nuqs'
import { UserPlus } from 'lucide-react'
import { useState } from 'react'
import { ProblemState } from '@/components/common/problem-state'
import { UpdatedAt } from '@/components/common/updated-at'
import { useWhyNot } from '@/components/common/viewer'
import { DataTable } from '@/components/table/data-table'
import { Card } from '@/components/ui/card'
import { PageHeader } from '@/components/ui/page-header'
import { Pager } from '@/components/ui/pager'
import { ReasonedButton } from '@/components/ui/reasoned-button'
import { EmptyState, FilteredEmptyState } from '@/components/ui/state-panel'
import { administratorCountQuery, operatorListQuery } from '@/lib/client/queries/operator-queries'
import { selfQuery } from '@/lib/client/queries/self-queries'
import { noOperatorFilters, operatorListParams, toOperatorQuery } from '@/lib/client/search-params/settings-lists'
import { InviteOperatorDialog } from './invite-operator-dialog'
import { operatorColumns } from './operator-columns'
import { OperatorFilters } from './operator-filters'
import { OperatorRowMenu } from './operator-row-menu'
import { useOperatorAction } from './use-operator-action'

export function OperatorList() {
  const [params, setParams] = useQueryStates(operatorListParams, { history: 'push' })
  const [isInviting, setIsInviting] = useState(false)
  const list = useQuery(operatorListQuery(toOperatorQuery(params)))
  const administrators = useQuery(administratorCountQuery()).data
  const ownId = useQuery(selfQuery()).data?.id
  const { open, dialog } = useOperatorAction()
  const rows = list.data?.items
  const isEmpty = rows?.length === 0
  const isFiltered = params.role !== null || params.state !== null || params.after !== null
  const columns = operatorColumns(
    (operator) => <OperatorRowMenu operator={operator} administrators={administrators} onAction={open} />,
    ownId,
  )
  return (
    <>
      <PageHeader
        title="Operators"
        description="Who signs in to this console, and what each may do."
        actions={
          <>
            <UpdatedAt at={list.dataUpdatedAt} isFetching={list.isFetching} onRefresh={() => void list.refetch()} />
            <ReasonedButton
              look="primary"
              disabledBecause={useWhyNot('operators.write')}
              onClick={() => setIsInviting(true)}
            >
              <UserPlus aria-hidden />
              Invite operator
            </ReasonedButton>
          </>
        }
      />
      <OperatorFilters
        role={params.role}
        state={params.state}
        onChange={(change) => void setParams({ ...change, after: null })}
      />
      <Card isFlush>
        <DataTable
          label="Operators"
          columns={columns}
          rows={rows}
          rowKey={(operator) => operator.id}
          isStale={list.isPlaceholderData}
          skeletonRows={4}
          state={
            list.isError && rows === undefined ? (
              <ProblemState error={list.error} permission="operators.read" onRetry={() => void list.refetch()} />
            ) : isEmpty && isFiltered ? (
              <FilteredEmptyState onClear={() => void setParams(noOperatorFilters)} />
            ) : isEmpty ? (
              <EmptyState title="Nobody signs in here yet">Invite somebody to be an operator.</EmptyState>
            ) : null
          }
        />
        {rows !== undefined && !isEmpty && (
          <Pager
            shown={rows.length}
            noun={['operator', 'operators']}
            hasNext={(list.data?.nextCursor ?? null) !== null}
            isFirst={params.after === null}
            isLoading={list.isPlaceholderData}
            onNext={() => void setParams({ after: list.data?.nextCursor ?? null })}
            onFirst={() => void setParams({ after: null })}
          />
        )}
      </Card>
      {isInviting && <InviteOperatorDialog onClose={() => setIsInviting(false)} />}
      {dialog}
    </>
  )
}
