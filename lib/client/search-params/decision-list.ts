import { parseAsBoolean, parseAsString, parseAsStringLiteral, type inferParserType } from 'nuqs'
import { decisionCodes, type Decision } from '@/lib/contract/decisions'
import { decisionOutcomes } from '@/lib/domain/decision/decision-outcome'

/** How far back; the whole record is the default. */
export const decisionRanges = ['15m', '1h', '24h'] as const

export type DecisionRange = (typeof decisionRanges)[number]

const rangeMs: Readonly<Record<DecisionRange, number>> = { '15m': 900_000, '1h': 3_600_000, '24h': 86_400_000 }

export const rangeNames: Readonly<Record<DecisionRange, string>> = {
  '15m': 'Last 15 minutes',
  '1h': 'Last hour',
  '24h': 'Last 24 hours',
}

/** The Credential use list as its address says it. */
export const decisionListParams = {
  outcome: parseAsStringLiteral(decisionOutcomes),
  code: parseAsStringLiteral(decisionCodes),
  machine: parseAsString,
  service: parseAsString,
  range: parseAsStringLiteral(decisionRanges),
  after: parseAsString,
  live: parseAsBoolean.withDefault(false),
  /** The decision whose panel is open. */
  decision: parseAsString,
}

export type DecisionListParams = inferParserType<typeof decisionListParams>

export const decisionPageSize = 50

export const noDecisionFilters = {
  outcome: null,
  code: null,
  machine: null,
  service: null,
  range: null,
  after: null,
} as const

export function hasDecisionFilters(params: DecisionListParams): boolean {
  const { outcome, code, machine, service, range } = params
  return [outcome, code, machine, service, range].some((filter) => filter !== null)
}

/** What the API is asked; the range goes apart, because it counts from the moment of the call. */
export function toDecisionQuery(params: DecisionListParams) {
  return {
    limit: String(decisionPageSize),
    ...(params.outcome !== null && { outcome: params.outcome }),
    ...(params.code !== null && { code: params.code }),
    ...(params.machine !== null && { machine: params.machine }),
    ...(params.service !== null && { service: params.service }),
    ...(params.after !== null && { cursor: params.after }),
  }
}

export function sinceMsOf(params: DecisionListParams): number | undefined {
  return params.range === null ? undefined : rangeMs[params.range]
}

/** Whether a decision of the live feed belongs to this list: as the API filters, but for the range, which it is within. */
export function matchesDecisionFilters(decision: Decision, params: DecisionListParams): boolean {
  const { outcome, code, machine, service } = params
  return (
    (outcome === null || decision.outcome === outcome) &&
    (code === null || decision.code === code) &&
    (machine === null || decision.machine?.id === machine) &&
    (service === null || decision.service?.id === service || decision.service?.name === service)
  )
}
