import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { callApi, type ApiInput } from '../call-api'

export const sessionsKey = ['sessions'] as const

export function sessionListQuery(query: NonNullable<ApiInput<'listSessions'>['query']>) {
  return queryOptions({
    queryKey: [...sessionsKey, 'list', query],
    queryFn: ({ signal }) => callApi('listSessions', { query }, { signal }),
    placeholderData: keepPreviousData,
  })
}
