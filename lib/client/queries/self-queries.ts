import { queryOptions } from '@tanstack/react-query'
import { callApi } from '../call-api'

export const selfKey = ['self'] as const

export function selfQuery() {
  return queryOptions({
    queryKey: selfKey,
    queryFn: ({ signal }) => callApi('getCurrentOperator', {}, { signal }),
  })
}
