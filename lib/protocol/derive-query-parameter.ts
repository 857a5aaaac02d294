import type { DerivedComponent } from './derive-component'
import { refuse, refuseMalformed } from './refuse'

/**
 * The value of a query parameter (RFC 9421 §2.2.8): decoded as a form, encoded again. A name that comes twice is
 * refused, as the RFC wants it, and so are bytes that are no UTF-8: decoding makes the same text of all of them.
 *
 * @param name encoded, as the component has it
 * @param query with its `?`
 */
export function deriveQueryParameter(name: string, query: string): DerivedComponent {
  const values: string[] = []
  for (const [key, value] of new URLSearchParams(query)) {
    if (encodeFormText(key) !== name) continue
    if (`${key}${value}`.includes('\ufffd')) return refuseMalformed('A covered query parameter is not UTF-8.')
    values.push(encodeFormText(value))
  }
  const [value, ...others] = values
  if (value === undefined) return refuse('component_missing', 'The request lacks a query parameter that is covered.')
  return others.length > 0 ? refuseMalformed('A covered query parameter comes twice.') : { outcome: 'derived', value }
}

/** The application/x-www-form-urlencoded percent-encode set of the WHATWG URL standard, with `%20` for a space. */
function encodeFormText(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()~]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
