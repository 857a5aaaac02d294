import { deriveField } from './derive-field'
import { deriveQueryParameter } from './derive-query-parameter'
import type { Component } from './read-component'
import type { ReadRequest, ReadResponse } from './read-message'
import { refuse } from './refuse'
import type { Refused, StructuredFieldType } from './types'

export type DerivedComponent = { readonly outcome: 'derived'; readonly value: string } | Refused

/**
 * The value of a component (RFC 9421 §2.1, §2.2).
 *
 * @param message that the component is of: for `req` the request
 * @param fieldTypes of structured fields, by name
 */
export function deriveComponent(
  component: Component,
  message: ReadRequest | ReadResponse,
  fieldTypes: ReadonlyMap<string, StructuredFieldType>,
): DerivedComponent {
  if (!component.name.startsWith('@')) return deriveField(component, message, fieldTypes)
  return message.kind === 'request' ? ofRequest(component, message) : ofResponse(component, message)
}

function ofResponse({ name }: Component, { status }: ReadResponse): DerivedComponent {
  if (name === '@status') return derived(status)
  return refuse('component_unexpected', 'The signature covers a derived component that a response does not have.')
}

function ofRequest({ name, queryName }: Component, request: ReadRequest): DerivedComponent {
  const { method, scheme, authority, requestTarget } = request
  switch (name) {
    case '@method':
      return derived(method)
    case '@authority':
      return derived(authority)
    case '@scheme':
      return derived(scheme)
    case '@request-target':
      return derived(requestTarget)
    case '@target-uri':
    case '@path':
    case '@query':
    case '@query-param':
      return ofTarget(name, queryName ?? '', request)
    default:
      return refuse('component_unexpected', 'The signature covers a derived component that a request does not have.')
  }
}

type TargetComponent = '@target-uri' | '@path' | '@query' | '@query-param'

function ofTarget(name: TargetComponent, queryName: string, request: ReadRequest): DerivedComponent {
  const { target, scheme, authority } = request
  // A value made up for `OPTIONS *` or CONNECT would be that of another request as well.
  if (target === undefined) return refuse('component_unexpected', 'The request-target has no path and no query.')
  switch (name) {
    case '@target-uri':
      return derived(`${scheme}://${authority}${target.path}${target.hasQuery ? target.query : ''}`)
    case '@path':
      return derived(target.path)
    case '@query':
      return derived(target.query)
    case '@query-param':
      return deriveQueryParameter(queryName, target.query)
  }
}

function derived(value: string): DerivedComponent {
  return { outcome: 'derived', value }
}
