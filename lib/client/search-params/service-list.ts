import { parseAsString, parseAsStringLiteral, type inferParserType } from 'nuqs'
import { serviceStates } from '@/lib/domain/service/service-settings'

/** The Services list as its address says it. It is sorted by slug, as the API has it. */
export const serviceListParams = {
  state: parseAsStringLiteral(serviceStates),
  after: parseAsString,
}

export type ServiceListParams = inferParserType<typeof serviceListParams>

export const servicePageSize = 50

export const noServiceFilters = { state: null, after: null } as const

export function toServiceQuery({ state, after }: ServiceListParams) {
  return {
    limit: String(servicePageSize),
    ...(state !== null && { state }),
    ...(after !== null && { cursor: after }),
  }
}
