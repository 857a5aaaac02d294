import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { callApi, type ApiInput } from '../call-api'

export const auditEventsKey = ['audit-events'] as const

export function auditEventListQuery(query: NonNullable<ApiInput<'listAuditEvents'>['query']>) {
  return queryOptions({
    queryKey: [...auditEventsKey, 'list', query],
    queryFn: ({ signal }) => callApi('listAuditEvents', { query }, { signal }),
    placeholderData: keepPreviousData,
  })
}

export function auditEventQuery(auditEvent: string) {
  return queryOptions({
    queryKey: [...auditEventsKey, 'detail', auditEvent],
    queryFn: ({ signal }) => callApi('getAuditEvent', { params: { auditEvent } }, { signal }),
    // An event is written once.
    staleTime: Infinity,
  })
}
