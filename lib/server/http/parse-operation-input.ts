import type { z } from 'zod'
import type { Operation } from '@/lib/contract/operation'
import { refuse, type FieldProblem, type Refusal } from '@/lib/domain/refusal'
import { readJsonBody } from './read-json-body'

export interface RawInput {
  readonly params: Readonly<Record<string, string>>
  /** Without the question mark. */
  readonly query: string
  readonly body: Uint8Array
  readonly contentType: string | undefined
}

export interface ParsedInput {
  readonly params: Record<string, unknown>
  readonly query: Record<string, unknown>
  readonly body: Record<string, unknown>
}

const maxQueryLength = 4096
const shownProblems = 20

/** What the operation's schemas make of an input. All problems at once, each with the path of its field. */
export function parseOperationInput(
  operation: Operation,
  raw: RawInput,
): { readonly outcome: 'parsed'; readonly input: ParsedInput } | Refusal<'request_malformed' | 'request_too_large'> {
  const query = readQuery(raw.query)
  if (query.outcome === 'refused') return query
  const body = readJsonBody(raw.body, raw.contentType)
  if (body.outcome === 'refused') return body
  if (operation.body === undefined && raw.body.byteLength > 0) {
    return refuse('request_malformed', 'This operation takes no body.')
  }
  const problems: FieldProblem[] = []
  const input = {
    params: parsePart(operation.params, 'params', raw.params, problems),
    query: parsePart(operation.query, 'query', query.value, problems),
    body: parsePart(operation.body, 'body', body.value, problems),
  }
  const [first] = problems
  if (first === undefined) return { outcome: 'parsed', input }
  return refuse('request_malformed', `${first.path}: ${first.message}.`, problems.slice(0, shownProblems))
}

function parsePart(
  schema: z.ZodObject | undefined,
  part: string,
  value: unknown,
  problems: FieldProblem[],
): Record<string, unknown> {
  if (schema === undefined) {
    const names = typeof value === 'object' && value !== null ? Object.keys(value) : []
    // Names are the caller's text and are not repeated.
    if (names.length > 0) problems.push({ path: part, message: 'takes no fields here' })
    return {}
  }
  const result = schema.safeParse(value)
  if (result.success) return result.data
  for (const issue of result.error.issues) problems.push(...describeIssue(issue, part))
  return {}
}

/** Of a union, the branch that came furthest says best what is wrong. */
function describeIssue(issue: z.core.$ZodIssue, part: string): FieldProblem[] {
  if (issue.code === 'invalid_union') {
    const branch = [...issue.errors].sort((a, b) => depthOf(b) - depthOf(a))[0]
    const inner = branch?.[0]
    if (inner !== undefined) return describeIssue({ ...inner, path: [...issue.path, ...inner.path] }, part)
  }
  if (issue.code === 'unrecognized_keys') {
    const names = issue.keys.filter((key) => /^[\w.-]{1,64}$/.test(key)).slice(0, 5)
    const message = names.length > 0 ? `does not take ${names.join(', ')}` : 'does not take a field with that name'
    return [{ path: pathOf(part, issue.path), message }]
  }
  if (issue.code === 'invalid_key') {
    const message = issue.issues[0]?.message ?? 'has a name that is not allowed'
    // The last element of the path is the name itself, which is the caller's text.
    return [{ path: pathOf(part, issue.path.slice(0, -1)), message }]
  }
  return [{ path: pathOf(part, issue.path), message: issue.message.slice(0, 256) }]
}

function depthOf(issues: readonly z.core.$ZodIssue[]): number {
  const isWrongType = issues.some((issue) => issue.code === 'invalid_type' && issue.path.length === 0)
  return isWrongType ? -1 : Math.max(0, ...issues.map((issue) => issue.path.length))
}

function pathOf(part: string, path: readonly PropertyKey[]): string {
  return [part, ...path.map(String)].join('.').slice(0, 256)
}

/** A parameter that is repeated becomes a list, which only the schemas of lists take. */
function readQuery(
  query: string,
): { readonly outcome: 'read'; readonly value: Record<string, string | string[]> } | Refusal<'request_malformed'> {
  if (query.length > maxQueryLength) return refuse('request_malformed', `The query is longer than ${maxQueryLength}.`)
  const values = new Map<string, string[]>()
  // zod passes over this one name in silence.
  if (new URLSearchParams(query).has('__proto__'))
    return refuse('request_malformed', 'No parameter is called __proto__.')
  for (const [name, value] of new URLSearchParams(query)) values.set(name, [...(values.get(name) ?? []), value])
  return {
    outcome: 'read',
    value: Object.fromEntries([...values].map(([name, list]) => [name, list.length === 1 ? (list[0] ?? '') : list])),
  }
}
