import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { callApi, type ApiInput } from '../call-api'
import { decisionListQuery } from './decision-queries'

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

/** What gateways asked about a service within the last hour; the bound keeps the question cheap. */
export function serviceTrafficQuery(slug: string) {
  return decisionListQuery({ service: slug, limit: '100' }, { sinceMs: 3_600_000, everyMs: 5_000 })
}
