import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { callApi, type ApiInput } from '../call-api'

export function auditEventListQuery(query: NonNullable<ApiInput<'listAuditEvents'>['query']>) {
  return queryOptions({
    queryKey: ['audit-events', 'list', query],
    queryFn: ({ signal }) => callApi('listAuditEvents', { query }, { signal }),
    placeholderData: keepPreviousData,
  })
}
