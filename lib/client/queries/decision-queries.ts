import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { callApi, type ApiInput } from '../call-api'

export type DecisionQuery = NonNullable<ApiInput<'listDecisions'>['query']>

export const decisionsKey = ['decisions'] as const

export interface DecisionListOptions {
  /** Looks back from the moment of the call, not from that of the page. */
  readonly sinceMs?: number | undefined
  readonly everyMs?: number | false
}

export function decisionListQuery(query: DecisionQuery, { sinceMs, everyMs = false }: DecisionListOptions = {}) {
  return queryOptions({
    queryKey: [...decisionsKey, 'list', query, sinceMs ?? null],
    queryFn: ({ signal }) => {
      const since = sinceMs === undefined ? undefined : new Date(Date.now() - sinceMs).toISOString()
      return callApi('listDecisions', { query: { ...query, ...(since !== undefined && { since }) } }, { signal })
    },
    placeholderData: keepPreviousData,
    refetchInterval: everyMs,
  })
}

export function decisionQuery(decision: string) {
  return queryOptions({
    queryKey: [...decisionsKey, 'detail', decision],
    queryFn: ({ signal }) => callApi('getDecision', { params: { decision } }, { signal }),
    // A record is written once.
    staleTime: Infinity,
  })
}
