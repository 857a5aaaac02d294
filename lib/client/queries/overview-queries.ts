import { queryOptions } from '@tanstack/react-query'
import { callApi } from '../call-api'

export function overviewQuery() {
  return queryOptions({
    queryKey: ['overview'],
    queryFn: ({ signal }) => callApi('getOverview', {}, { signal }),
    refetchInterval: 5_000,
  })
}
