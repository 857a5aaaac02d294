import { createParser, parseAsString, parseAsStringLiteral, type inferParserType } from 'nuqs'
import { auditActorTypes } from '@/lib/domain/audit/audit-action'
import { auditActionNames } from '../audit-words'
import { parseAsId } from './parse-as-id'

const dayMs = 86_400_000

/** A day of UTC, as date fields write it: `2026-11-22`. Null where the calendar has no such day. */
export function readDay(text: string): string | null {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return null
  const at = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text) ? text : null
}

const parseAsDay = createParser({ parse: readDay, serialize: (day: string) => day })
/** The audit log as its address says it. Days are those of UTC, the last one included. */
export const auditLogParams = {
  action: parseAsStringLiteral(auditActionNames),
  actorType: parseAsStringLiteral(auditActorTypes),
  actor: parseAsId,
  target: parseAsId,
  from: parseAsDay,
  to: parseAsDay,
  after: parseAsString,
  /** The event whose panel is open. */
  event: parseAsString,
}

export type AuditLogParams = inferParserType<typeof auditLogParams>

export const auditLogPageSize = 50

export const noAuditFilters = {
  action: null,
  actorType: null,
  actor: null,
  target: null,
  from: null,
  to: null,
  after: null,
} as const

export function hasAuditFilters(params: AuditLogParams): boolean {
  const { action, actorType, actor, target, from, to } = params
  return [action, actorType, actor, target, from, to].some((filter) => filter !== null)
}

/** What the API is asked. */
export function toAuditQuery(params: AuditLogParams) {
  const { action, actorType, actor, target, from, to, after } = params
  return {
    limit: String(auditLogPageSize),
    ...(action !== null && { action }),
    ...(actorType !== null && { actorType }),
    ...(actor !== null && { actor }),
    ...(target !== null && { target }),
    ...(from !== null && { since: `${from}T00:00:00Z` }),
    ...(to !== null && { until: new Date(Date.parse(`${to}T00:00:00Z`) + dayMs).toISOString() }),
    ...(after !== null && { cursor: after }),
  }
}
