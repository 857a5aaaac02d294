import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { callApi, type ApiInput } from '../call-api'

export const operatorsKey = ['operators'] as const

export function operatorListQuery(query: NonNullable<ApiInput<'listOperators'>['query']> = {}) {
  return queryOptions({
    queryKey: [...operatorsKey, 'list', query],
    queryFn: ({ signal }) => callApi('listOperators', { query }, { signal }),
    placeholderData: keepPreviousData,
  })
}

/** Administrators who can sign in. Two are enough to know whether one of them is the last. */
export function administratorCountQuery() {
  return queryOptions({
    queryKey: [...operatorsKey, 'administrators'],
    queryFn: async ({ signal }) => {
      const query = { role: 'administrator', state: 'active', limit: '2' } as const
      return (await callApi('listOperators', { query }, { signal })).items.length
    },
  })
}
