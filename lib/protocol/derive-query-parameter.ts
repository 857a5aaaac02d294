import type { DerivedComponent } from './derive-component'
import { refuse, refuseMalformed } from './refuse'

/** What decoding makes of bytes that are no UTF-8. */
const REPLACEMENT = '\ufffd'

/**
 * The value of a query parameter (RFC 9421 §2.2.8): decoded as a form, encoded again. A name that comes twice is
 * refused, as the RFC wants it, and so are bytes that are no UTF-8: decoding makes the same text of all of them.
 *
 * @param name encoded, as the component has it
 * @param query with its `?`
 */
export function deriveQueryParameter(name: string, query: string): DerivedComponent {
  const wanted = decodeName(name)
  const values = [...new URLSearchParams(query)].filter(([key]) => key === wanted).map(([, value]) => value)
  const [value, ...others] = values
  if (value === undefined) return refuse('component_missing', 'The request lacks a query parameter that is covered.')
  if (others.length > 0) return refuseMalformed('A covered query parameter comes twice.')
  if (`${wanted}${value}`.includes(REPLACEMENT)) return refuseMalformed('A covered query parameter is not UTF-8.')
  return { outcome: 'derived', value: encodeFormText(value) }
}

/** @returns `undefined` for any spelling but the one that the RFC signs: no query has such a name */
function decodeName(name: string): string | undefined {
  try {
    const decoded = decodeURIComponent(name)
    return encodeFormText(decoded) === name ? decoded : undefined
  } catch {
    return undefined
  }
}

/** The application/x-www-form-urlencoded percent-encode set of the WHATWG URL standard, with `%20` for a space. */
function encodeFormText(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()~]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
