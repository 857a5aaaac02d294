import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { callApi, type ApiInput } from '../call-api'
import { enrolledEveryMs } from './machine-queries'

export const joinTokensKey = ['join-tokens'] as const

export function joinTokenListQuery(query: NonNullable<ApiInput<'listJoinTokens'>['query']> = {}) {
  return queryOptions({
    queryKey: [...joinTokensKey, 'list', query],
    queryFn: ({ signal }) => callApi('listJoinTokens', { query }, { signal }),
    placeholderData: keepPreviousData,
    refetchInterval: 10_000,
  })
}

/** The newest ones, asked for while somebody waits for a machine to enrol. */
export function newestJoinTokensQuery() {
  return { ...joinTokenListQuery({ limit: '20' }), refetchInterval: enrolledEveryMs, staleTime: 0 }
}
