import { serializeItem, type BareItem, type Parameters } from 'structured-headers'
import { refuse, refuseMalformed } from './refuse'
import type { Refused } from './types'

/** A covered component (RFC 9421 §2): what to take, and from where. */
export type Component = {
  /** Lower case; a derived component begins with `@`. */
  readonly name: string
  /** As it stands in the signature base, parameters in the signer's order. */
  readonly identifier: string
  /** Equal for identifiers that are the same component, whatever the order of their parameters. */
  readonly identity: string
  /** Of the request that a response answers. */
  readonly req: boolean
  /** Of the trailer section. */
  readonly tr: boolean
  readonly sf: boolean
  readonly bs: boolean
  /** A member of a dictionary. */
  readonly key: string | undefined
  /** Of a query parameter, encoded. */
  readonly queryName: string | undefined
}

const FLAGS = ['req', 'tr', 'sf', 'bs'] as const
const TEXTS = ['key', 'name'] as const
/** RFC 9110 §5.1, lower case as RFC 9421 §2.1 wants it. */
const FIELD_NAME = /^[a-z0-9!#$%&'*+\-.^_`|~]+$/
const DERIVED_NAME = /^@[a-z-]+$/

/**
 * Reads a component identifier (RFC 9421 §2, §2.1, §2.2.8, §2.4).
 *
 * @returns a refusal of what could be read in two ways: unknown parameters, those of another kind of component, flags
 *   that are not simply set, and `bs` together with `sf` or `key`
 */
export function readComponent(
  name: BareItem,
  parameters: Parameters,
): { readonly outcome: 'read'; readonly component: Component } | Refused {
  if (typeof name !== 'string') return refuseMalformed('A component name is not a string.')
  const isDerived = name.startsWith('@')
  if (!(isDerived ? DERIVED_NAME : FIELD_NAME).test(name)) return refuseMalformed('A component has no valid name.')
  const values = new Map<string, BareItem>(parameters)
  const [req, tr, sf, bs] = FLAGS.map((flag) => takeFlag(values, flag))
  const [key, queryName] = TEXTS.map((text) => takeText(values, text))
  if (values.size > 0) return refuse('component_unexpected', 'A component has a parameter that is not known.')
  const ofField = tr === true || sf === true || bs === true || key !== undefined
  if (isDerived ? ofField : queryName !== undefined) {
    return refuse('component_unexpected', 'A component has a parameter that is for another kind of component.')
  }
  if ((queryName !== undefined) !== (name === '@query-param')) {
    return refuse('component_unexpected', 'The component @query-param needs a name, and no other has one.')
  }
  if (bs === true && (sf === true || key !== undefined)) {
    return refuse('component_unexpected', 'A component has the parameter bs together with sf or key.')
  }
  const flags = { req: req === true, tr: tr === true, sf: sf === true, bs: bs === true }
  const identifier = serializeItem([name, parameters])
  return {
    outcome: 'read',
    component: { name, identifier, identity: identify(name, parameters), ...flags, key, queryName },
  }
}

/** RFC 9421 §2: the order of the parameters makes no other component. */
export function identify(name: string, parameters: Parameters): string {
  const sorted = [...parameters].sort(([a], [b]) => (a < b ? -1 : 1))
  return serializeItem([name, new Map(sorted)])
}

function takeFlag(values: Map<string, BareItem>, name: string): boolean {
  return values.get(name) === true && values.delete(name)
}

function takeText(values: Map<string, BareItem>, name: string): string | undefined {
  const value = values.get(name)
  if (typeof value !== 'string') return undefined
  values.delete(name)
  return value
}
