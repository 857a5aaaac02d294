import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { callApi, type ApiInput } from '../call-api'

export const servicesKey = ['services'] as const

export function serviceListQuery(query: NonNullable<ApiInput<'listServices'>['query']> = {}) {
  return queryOptions({
    queryKey: [...servicesKey, 'list', query],
    queryFn: ({ signal }) => callApi('listServices', { query }, { signal }),
    placeholderData: keepPreviousData,
  })
}

export function serviceQuery(service: string) {
  return queryOptions({
    queryKey: [...servicesKey, 'detail', service],
    queryFn: ({ signal }) => callApi('getService', { params: { service } }, { signal }),
  })
}
