import type { Parameters } from 'structured-headers'
import { isFieldValue, type FieldLines } from './collect-fields'
import { refuse, refuseMalformed } from './refuse'
import type { Refused, RequestMessage, RequestTarget } from './types'

/** A request as the general engine reads it. */
export type ReadMessage = {
  readonly message: RequestMessage
  /** Canonical. */
  readonly authority: string
  readonly target: RequestTarget
  readonly fields: FieldLines
}

type Result = { readonly outcome: 'derived'; readonly value: string } | Refused

/**
 * The value of a component of a request (RFC 9421 §2.1, §2.2). Of the component parameters only `name` of
 * `@query-param` is understood; `sf`, `key`, `bs`, `req` and `tr` are refused.
 *
 * @param name lower case
 * @param parameters of the component
 */
export function deriveComponent(name: string, parameters: Parameters, request: ReadMessage): Result {
  if (name === '@query-param') return deriveQueryParameter(parameters, request.target.query)
  if (parameters.size > 0) return refuse('component_unexpected', 'A component has parameters that are not supported.')
  if (!name.startsWith('@')) return deriveField(name, request.fields)
  const { message, authority, target } = request
  switch (name) {
    case '@method':
      return derived(message.method)
    case '@authority':
      return derived(authority)
    case '@scheme':
      return derived(message.scheme)
    case '@target-uri':
      return derived(`${message.scheme}://${authority}${target.path}${target.hasQuery ? target.query : ''}`)
    case '@request-target':
      return derived(message.target)
    case '@path':
      return derived(target.path)
    case '@query':
      return derived(target.query)
    default:
      return refuse('component_unexpected', 'The signature covers a derived component that a request does not have.')
  }
}

/** RFC 9421 §2.1: several lines are joined with a comma and a space. */
function deriveField(name: string, fields: FieldLines): Result {
  const lines = fields.get(name)
  if (lines === undefined) return refuse('component_missing', 'The request lacks a field that its signature covers.')
  const value = lines.join(', ')
  return isFieldValue(value) ? derived(value) : refuseMalformed('A covered field holds a line break or is not ASCII.')
}

/** RFC 9421 §2.2.8: decoded as a form, encoded again; a name that comes twice MUST NOT be covered. */
function deriveQueryParameter(parameters: Parameters, query: string): Result {
  const name = parameters.get('name')
  if (parameters.size !== 1 || typeof name !== 'string') {
    return refuse('component_unexpected', 'The component @query-param needs a name alone.')
  }
  const values: string[] = []
  for (const [key, value] of new URLSearchParams(query)) {
    if (encodeFormText(key) === name) values.push(encodeFormText(value))
  }
  const [value, ...others] = values
  if (value === undefined) return refuse('component_missing', 'The request lacks a query parameter that is covered.')
  return others.length > 0 ? refuseMalformed('A covered query parameter comes twice.') : derived(value)
}

/** The percent-encoding of WHATWG forms with `%20` for a space. */
function encodeFormText(text: string): string {
  return encodeURIComponent(text).replace(/[!'()~]/g, (character) => `%${character.charCodeAt(0).toString(16)}`)
}

function derived(value: string): Result {
  return { outcome: 'derived', value }
}
