import { queryOptions } from '@tanstack/react-query'
import { callApi } from '../call-api'

export function deploymentQuery() {
  return queryOptions({
    queryKey: ['deployment'],
    queryFn: ({ signal }) => callApi('getDeployment', {}, { signal }),
    // It changes with a restart.
    staleTime: 60_000,
  })
}
