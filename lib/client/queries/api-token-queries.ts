import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { callApi, type ApiInput } from '../call-api'

export const apiTokensKey = ['api-tokens'] as const

export function apiTokenListQuery(query: NonNullable<ApiInput<'listApiTokens'>['query']>) {
  return queryOptions({
    queryKey: [...apiTokensKey, 'list', query],
    queryFn: ({ signal }) => callApi('listApiTokens', { query }, { signal }),
    placeholderData: keepPreviousData,
  })
}
