'use client'

import { useQuery } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { useQueryStates } from 'nuqs'
import { useState } from 'react'
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
import { apiTokenListQuery } from '@/lib/client/queries/api-token-queries'
import { apiTokenListParams, noApiTokenFilters, toApiTokenQuery } from '@/lib/client/search-params/settings-lists'
import type { ApiToken } from '@/lib/contract/api-tokens'
import { apiTokenStates } from '@/lib/domain/api-token/api-token-state'
import { apiTokenColumns, apiTokenStateLooks } from './api-token-columns'
import { ApiTokenRowMenu } from './api-token-row-menu'
import { CreateApiTokenDialog } from './create-api-token-dialog'
import { RevokeApiTokenDialog } from './revoke-api-token-dialog'

export function ApiTokenList() {
  const [params, setParams] = useQueryStates(apiTokenListParams, { history: 'push' })
  const [asked, setAsked] = useState<ApiToken | 'create' | null>(null)
  const list = useQuery(apiTokenListQuery(toApiTokenQuery(params)))
  const rows = list.data?.items
  const isEmpty = rows?.length === 0
  const { state } = params
  const close = () => setAsked(null)
  return (
    <>
      <PageHeader
        title="API tokens"
        description="For programs that call the API. Operators sign in instead; machines countersign."
        actions={
          <>
            <UpdatedAt at={list.dataUpdatedAt} isFetching={list.isFetching} onRefresh={() => void list.refetch()} />
            <ReasonedButton
              look="primary"
              disabledBecause={useWhyNot('api_tokens.write')}
              onClick={() => setAsked('create')}
            >
              <Plus aria-hidden />
              Create API token
            </ReasonedButton>
          </>
        }
      />
      <div className="flex flex-col gap-2.5">
        <Field label="State" isLabelHidden className="sm:w-40">
          <Select
            value={state ?? ''}
            onChange={(event) =>
              void setParams({
                state: apiTokenStates.find((each) => each === event.target.value) ?? null,
                after: null,
              })
            }
          >
            <option value="">Any state</option>
            {apiTokenStates.map((each) => (
              <option key={each} value={each}>
                {apiTokenStateLooks[each].name}
              </option>
            ))}
          </Select>
        </Field>
        {state !== null && (
          <Pills>
            <Pill
              name="State"
              value={apiTokenStateLooks[state].name}
              valueText={apiTokenStateLooks[state].name}
              onRemove={() => void setParams(noApiTokenFilters)}
            />
          </Pills>
        )}
      </div>
      <Card isFlush>
        <DataTable
          label="API tokens"
          columns={apiTokenColumns((token) => (
            <ApiTokenRowMenu token={token} onRevoke={() => setAsked(token)} />
          ))}
          rows={rows}
          rowKey={(token) => token.id}
          isStale={list.isPlaceholderData}
          skeletonRows={4}
          state={
            list.isError && rows === undefined ? (
              <ProblemState error={list.error} permission="api_tokens.read" onRetry={() => void list.refetch()} />
            ) : isEmpty && (state !== null || params.after !== null) ? (
              <FilteredEmptyState onClear={() => void setParams(noApiTokenFilters)} />
            ) : isEmpty ? (
              <EmptyState title="No program calls the API yet">
                Create a token for a script, a pipeline or another system.
              </EmptyState>
            ) : null
          }
        />
        {rows !== undefined && !isEmpty && (
          <Pager
            shown={rows.length}
            noun={['API token', 'API tokens']}
            hasNext={(list.data?.nextCursor ?? null) !== null}
            isFirst={params.after === null}
            isLoading={list.isPlaceholderData}
            onNext={() => void setParams({ after: list.data?.nextCursor ?? null })}
            onFirst={() => void setParams({ after: null })}
          />
        )}
      </Card>
      {asked === 'create' && <CreateApiTokenDialog onClose={close} />}
      {asked !== null && asked !== 'create' && <RevokeApiTokenDialog token={asked} onClose={close} />}
    </>
  )
}
