import type { AuditEvent } from '@/lib/contract/audit-events'

/** What was one thing before and is another after. Lines of text, hostile as ever; none for nothing. */
export interface AuditChange {
  readonly name: string
  readonly before: readonly string[]
  readonly after: readonly string[]
}

export interface AuditFact {
  readonly name: string
  readonly lines: readonly string[]
}

/** The detail of an event as people read it: what changed, and what else is on record. */
export function describeAuditDetail({ action, detail }: Pick<AuditEvent, 'action' | 'detail'>): {
  readonly changes: readonly AuditChange[]
  readonly facts: readonly AuditFact[]
} {
  const changes: AuditChange[] = []
  const facts: AuditFact[] = []
  const add = (name: string, pair: Pair) => changes.push({ name, before: linesOf(pair.from), after: linesOf(pair.to) })
  const { before, after, from, to, ...rest } = detail
  if (isObject(before) && isObject(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      add(nameOfField(key), { from: before[key], to: after[key] })
    }
  }
  if (from !== undefined && to !== undefined) add(action === 'operator.update_role' ? 'Role' : 'State', { from, to })
  // Written before both sides were kept.
  else if (from !== undefined) facts.push({ name: 'State before', lines: linesOf(from) })
  for (const [key, value] of Object.entries(rest)) {
    if (isPair(value)) add(nameOfField(key), value)
    else facts.push({ name: nameOfField(key), lines: linesOf(value) })
  }
  return { changes, facts: facts.filter(({ lines }) => lines.length > 0) }
}

interface Pair {
  readonly from: unknown
  readonly to: unknown
}

function isPair(value: unknown): value is Pair & object {
  return isObject(value) && Object.keys(value).length === 2 && 'from' in value && 'to' in value
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** "sessionsEnded" → "Sessions ended", "machineId" → "Machine ID". */
function nameOfField(key: string): string {
  const words = key
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .replace(/\bid\b/g, 'ID')
    .replace(/^kid$/, 'key ID')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** A list has one line for each of its items, an object one for each of its members. */
function linesOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.map((item) => textOf(item)).filter((line) => line !== '')
  if (isObject(value)) {
    return Object.entries(value).map(([key, member]) => `${key} = ${textOf(member) || 'none'}`)
  }
  const text = textOf(value)
  return text === '' ? [] : [text]
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'string') return value
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value === 'number') return value.toLocaleString('en')
  if (Array.isArray(value)) return value.map((item) => textOf(item)).join(', ')
  if (!isObject(value)) return ''
  return Object.entries(value)
    .filter(([, member]) => member !== null)
    .map(([key, member]) => `${key} ${textOf(member)}`)
    .join(', ')
}
