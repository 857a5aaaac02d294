import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { callApi, type ApiInput } from '../call-api'

export const gatewaysKey = ['gateways'] as const

export function gatewayListQuery(query: NonNullable<ApiInput<'listGateways'>['query']> = {}) {
  return queryOptions({
    queryKey: [...gatewaysKey, 'list', query],
    queryFn: ({ signal }) => callApi('listGateways', { query }, { signal }),
    placeholderData: keepPreviousData,
  })
}

/** When the gateways of a service last asked about it. */
export function gatewayActivityQuery(service: string) {
  return queryOptions({
    queryKey: [...gatewaysKey, 'activity', service],
    queryFn: ({ signal }) => callApi('listGatewayActivity', { query: { service } }, { signal }),
    refetchInterval: 5_000,
  })
}
