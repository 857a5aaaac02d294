'use client'

import { useQuery } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { useQueryStates } from 'nuqs'
import { useRouter } from 'next/navigation'
import { ProblemState } from '@/components/common/problem-state'
import { UpdatedAt } from '@/components/common/updated-at'
import { useWhyNot } from '@/components/common/viewer'
import { DataTable } from '@/components/table/data-table'
import { Card } from '@/components/ui/card'
import { Field } from '@/components/ui/field'
import { PageHeader } from '@/components/ui/page-header'
import { Pager } from '@/components/ui/pager'
import { Pill, Pills } from '@/components/ui/pill'
import { ReasonedButton } from '@/components/ui/reasoned-button'
import { Select } from '@/components/ui/select'
import { EmptyState, FilteredEmptyState } from '@/components/ui/state-panel'
import { serviceListQuery } from '@/lib/client/queries/service-queries'
import { noServiceFilters, serviceListParams, toServiceQuery } from '@/lib/client/search-params/service-list'
import { serviceStates, type ServiceState } from '@/lib/domain/service/service-settings'
import { serviceColumns } from './service-columns'

const stateNames: Readonly<Record<ServiceState, string>> = { active: 'Active', retired: 'Retired' }

export function ServiceList() {
  const [params, setParams] = useQueryStates(serviceListParams, { history: 'push' })
  const list = useQuery(serviceListQuery(toServiceQuery(params)))
  const services = list.data?.items
  const isEmpty = services?.length === 0
  return (
    <>
      <PageHeader
        title="Services"
        description="The APIs that only machines with a countersign may call, and the gateways in front of them."
        actions={
          <>
            <UpdatedAt at={list.dataUpdatedAt} isFetching={list.isFetching} onRefresh={() => void list.refetch()} />
            <NewServiceButton />
          </>
        }
      />
      <div className="flex flex-col gap-2.5">
        <Field label="State" isLabelHidden className="sm:w-40">
          <Select
            value={params.state ?? ''}
            onChange={(event) =>
              void setParams({ state: serviceStates.find((each) => each === event.target.value) ?? null, after: null })
            }
          >
            <option value="">Any state</option>
            {serviceStates.map((each) => (
              <option key={each} value={each}>
                {stateNames[each]}
              </option>
            ))}
          </Select>
        </Field>
        {params.state !== null && (
          <Pills onClear={() => void setParams(noServiceFilters)}>
            <Pill
              name="State"
              value={stateNames[params.state]}
              valueText={stateNames[params.state]}
              onRemove={() => void setParams(noServiceFilters)}
            />
          </Pills>
        )}
      </div>
      <Card isFlush>
        <DataTable
          label="Services"
          columns={serviceColumns()}
          rows={services}
          rowKey={(service) => service.id}
          isStale={list.isPlaceholderData}
          skeletonRows={4}
          state={
            list.isError && services === undefined ? (
              <ProblemState error={list.error} permission="services.read" onRetry={() => void list.refetch()} />
            ) : isEmpty && (params.state !== null || params.after !== null) ? (
              <FilteredEmptyState onClear={() => void setParams(noServiceFilters)} />
            ) : isEmpty ? (
              <EmptyState title="No service yet" action={<NewServiceButton />}>
                A service is an API that you protect: where it is reached, and what its requests have to prove.
              </EmptyState>
            ) : null
          }
        />
        {services !== undefined && !isEmpty && (
          <Pager
            shown={services.length}
            noun={['service', 'services']}
            hasNext={(list.data?.nextCursor ?? null) !== null}
            isFirst={params.after === null}
            isLoading={list.isPlaceholderData}
            onNext={() => void setParams({ after: list.data?.nextCursor ?? null })}
            onFirst={() => void setParams({ after: null })}
          />
        )}
      </Card>
    </>
  )
}

function NewServiceButton() {
  const router = useRouter()
  return (
    <ReasonedButton
      look="primary"
      disabledBecause={useWhyNot('services.write')}
      onClick={() => router.push('/services/new')}
    >
      <Plus aria-hidden />
      New service
    </ReasonedButton>
  )
}
