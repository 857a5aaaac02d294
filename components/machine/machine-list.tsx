'use client'

import { useQuery } from '@tanstack/react-query'
import { useQueryStates } from 'nuqs'
import { UpdatedAt } from '@/components/common/updated-at'
import { ProblemState } from '@/components/common/problem-state'
import { DataTable } from '@/components/table/data-table'
import { Card } from '@/components/ui/card'
import { PageHeader } from '@/components/ui/page-header'
import { Pager } from '@/components/ui/pager'
import { FilteredEmptyState } from '@/components/ui/state-panel'
import { machineActivityQuery, machineListQuery } from '@/lib/client/queries/machine-queries'
import {
  hasMachineFilters,
  machineListParams,
  nextSort,
  noMachineFilters,
  toMachineQuery,
} from '@/lib/client/search-params/machine-list'
import { MachineFilters } from './machine-filters'
import { machineColumns } from './machine-columns'
import { NoMachinesYet } from './no-machines-yet'
import { useMachineAction } from './use-machine-action'

export function MachineList() {
  const [params, setParams] = useQueryStates(machineListParams, { history: 'push' })
  const list = useQuery(machineListQuery(toMachineQuery(params)))
  const machines = list.data?.items
  const activity = useQuery(machineActivityQuery(machines?.map((machine) => machine.id) ?? []))
  const { open, dialog } = useMachineAction()
  const columns = machineColumns({
    sort: params.sort,
    onSort: (column) => void setParams({ sort: nextSort(params.sort, column), after: null }),
    activity: new Map(activity.data?.items.map((item) => [item.machine, item])),
    onAction: open,
  })
  const isEmpty = machines?.length === 0
  return (
    <>
      <PageHeader
        title="Machines"
        description="Every machine that enrolled, and what it may do now."
        actions={
          <UpdatedAt
            at={list.dataUpdatedAt}
            isFetching={list.isFetching}
            onRefresh={() => void Promise.all([list.refetch(), activity.refetch()])}
          />
        }
      />
      <MachineFilters params={params} onChange={(change) => void setParams({ ...change, after: null })} />
      <Card isFlush>
        <DataTable
          label="Machines"
          columns={columns}
          rows={machines}
          rowKey={(machine) => machine.id}
          isStale={list.isPlaceholderData}
          state={
            list.isError && machines === undefined ? (
              <ProblemState error={list.error} permission="machines.read" onRetry={() => void list.refetch()} />
            ) : isEmpty && (hasMachineFilters(params) || params.after !== null) ? (
              <FilteredEmptyState onClear={() => void setParams(noMachineFilters)} />
            ) : isEmpty ? (
              <NoMachinesYet />
            ) : null
          }
        />
        {machines !== undefined && !isEmpty && (
          <Pager
            shown={machines.length}
            noun={['machine', 'machines']}
            hasNext={(list.data?.nextCursor ?? null) !== null}
            isFirst={params.after === null}
            isLoading={list.isPlaceholderData}
            onNext={() => void setParams({ after: list.data?.nextCursor ?? null })}
            onFirst={() => void setParams({ after: null })}
          />
        )}
      </Card>
      {dialog}
    </>
  )
}
