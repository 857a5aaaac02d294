import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { callApi, type ApiInput } from '../call-api'

export const joinTokensKey = ['join-tokens'] as const

export function joinTokenListQuery(query: NonNullable<ApiInput<'listJoinTokens'>['query']> = {}) {
  return queryOptions({
    queryKey: [...joinTokensKey, 'list', query],
    queryFn: ({ signal }) => callApi('listJoinTokens', { query }, { signal }),
    placeholderData: keepPreviousData,
    refetchInterval: 10_000,
  })
}
