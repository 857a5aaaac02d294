import { parseAsString, parseAsStringLiteral, type inferParserType } from 'nuqs'
import { apiTokenStates } from '@/lib/domain/api-token/api-token-state'
import { operatorRoles } from '@/lib/domain/operator/operator-role'
import { sessionStates } from '@/lib/domain/operator/operator-session'
import { operatorStates } from '@/lib/domain/operator/operator-state'
import { parseAsId } from './parse-as-id'

/** The lists of the settings as their addresses say them: operators, sessions, API tokens. */
const pageSize = { limit: '50' } as const

export const operatorListParams = {
  role: parseAsStringLiteral(operatorRoles),
  state: parseAsStringLiteral(operatorStates),
  after: parseAsString,
}
export const noOperatorFilters = { role: null, state: null, after: null } as const

export function toOperatorQuery({ role, state, after }: inferParserType<typeof operatorListParams>) {
  return {
    ...pageSize,
    ...(role !== null && { role }),
    ...(state !== null && { state }),
    ...(after !== null && { cursor: after }),
  }
}

/** What still opens the console is what people come for; the rest is history. */
export const sessionListParams = {
  state: parseAsStringLiteral([...sessionStates, 'any'] as const).withDefault('live'),
  operator: parseAsId,
  after: parseAsString,
}
export const noSessionFilters = { state: null, operator: null, after: null } as const

export function toSessionQuery({ state, operator, after }: inferParserType<typeof sessionListParams>) {
  return {
    ...pageSize,
    ...(state !== 'any' && { state }),
    ...(operator !== null && { operator }),
    ...(after !== null && { cursor: after }),
  }
}

export const apiTokenListParams = { state: parseAsStringLiteral(apiTokenStates), after: parseAsString }
export const noApiTokenFilters = { state: null, after: null } as const

export function toApiTokenQuery({ state, after }: inferParserType<typeof apiTokenListParams>) {
  return { ...pageSize, ...(state !== null && { state }), ...(after !== null && { cursor: after }) }
}
