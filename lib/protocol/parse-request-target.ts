import { parseAuthority } from './parse-authority'
import { refuseMalformed } from './refuse'
import type { ParseRequestTargetResult, Scheme } from './types'

/** Longer than what gateways pass by default; it bounds the work on a hostile target. */
const MAX_TARGET_LENGTH = 16_384

const ABSOLUTE_FORM = /^(https?):\/\/([^/?]*)(.*)$/is
/** RFC 3986 §3.3 `pchar`, and what it leaves to be percent-encoded. */
const PATH_CHARACTERS = /^[A-Za-z0-9\-._~!$&'()*+,;=:@%/]*$/
/** RFC 3986 §3.4, and `[ ] { } | ^` and the grave accent, which browsers send as they are. Never `"` `<` `>` `\` `#`. */
const QUERY_CHARACTERS = /^[A-Za-z0-9\-._~!$&'()*+,;=:@%/?[\]{}|^`]*$/
const BAD_ESCAPE = /%(?![0-9A-Fa-f]{2})/
const ESCAPE = /%([0-9A-Fa-f]{2})/g
/** No `%`, no `;`, no empty segment, none that begins with a dot: nothing more to look at. */
const PLAIN_PATH = /^(?:\/[A-Za-z0-9_~-][A-Za-z0-9\-._~!$&'()*+,=:@]*)*\/?$/
const PLAIN_QUERY = /^\?[A-Za-z0-9\-._~!$&'()*+,;=:@/?]+$/

/**
 * Reads a raw request-target by a grammar of our own (protocol section 4), origin-form or absolute-form
 * (RFC 9112 §3.2). It refuses what a proxy and a backend could read in two ways. Nothing is decoded or normalized:
 * `path` and `query` are the bytes that were sent. The rules about segments, `//`, `%2f`, `%5c` and `%25` hold for the
 * path; a query may hold another URL. Not checked: that escapes are UTF-8.
 *
 * @param rawTarget as on the request line
 * @param options whether the service allows `%2f` in the path
 * @returns path and query (`?` when there is none, RFC 9421 §2.2.7), of absolute-form also scheme and authority
 */
export function parseRequestTarget(
  rawTarget: string,
  options: { readonly allowEncodedSlash: boolean },
): ParseRequestTargetResult {
  if (rawTarget.length > MAX_TARGET_LENGTH) return refuseMalformed('The request-target is too long.')
  if (rawTarget.startsWith('/')) return parseOriginForm(rawTarget, options.allowEncodedSlash)
  const match = ABSOLUTE_FORM.exec(rawTarget)
  if (match === null) return refuseMalformed('The request-target is neither a path nor an http or https URL.')
  const [, rawScheme = '', rawAuthority = '', rest = ''] = match
  const scheme: Scheme = rawScheme.toLowerCase() === 'http' ? 'http' : 'https'
  const authority = parseAuthority(rawAuthority, scheme)
  if (authority.outcome === 'refused') return refuseMalformed('The request-target has no valid authority.')
  // RFC 9421 §2.2.6: an empty path is a single slash.
  const target = parseOriginForm(rest.startsWith('/') ? rest : `/${rest}`, options.allowEncodedSlash)
  return target.outcome === 'refused' ? target : { ...target, scheme, authority: authority.authority }
}

function parseOriginForm(target: string, allowEncodedSlash: boolean): ParseRequestTargetResult {
  const queryStart = target.indexOf('?')
  const hasQuery = queryStart !== -1
  const path = hasQuery ? target.slice(0, queryStart) : target
  const query = hasQuery ? target.slice(queryStart) : '?'
  if (hasQuery && query === '?') return refuseMalformed('The request-target ends in a bare "?".')
  if (!PLAIN_PATH.test(path)) {
    const detail = explainPath(path, allowEncodedSlash)
    if (detail !== undefined) return refuseMalformed(detail)
  }
  if (hasQuery && !PLAIN_QUERY.test(query)) {
    const detail = explainQuery(query)
    if (detail !== undefined) return refuseMalformed(detail)
  }
  return { outcome: 'parsed', path, query, hasQuery }
}

/** @returns what is wrong with a path, or `undefined` */
function explainPath(path: string, allowEncodedSlash: boolean): string | undefined {
  if (!PATH_CHARACTERS.test(path)) return 'The path holds a character that has to be percent-encoded.'
  if (BAD_ESCAPE.test(path)) return 'The path holds a "%" without two hexadecimal digits.'
  if (path.includes('//')) return 'The path holds an empty segment ("//").'
  const decoded = path.replace(ESCAPE, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
  if (decoded.includes('\0')) return 'The path holds an encoded NUL.'
  if (decoded.includes('\\')) return 'The path holds an encoded backslash.'
  // Also `%25%32%66`: what matters is what stands there once it is decoded.
  if (decoded.search(ESCAPE) !== -1) return 'The path is percent-encoded twice.'
  if (!allowEncodedSlash && /%2f/i.test(path))
    return 'The path holds an encoded slash, which the service does not allow.'
  // On the decoded text: encoded dots, dots before `;parameters`, dots beside an allowed encoded slash.
  if (/(?:^|\/)\.{1,2}(?:[/;]|$)/.test(decoded)) return 'The path holds a "." or ".." segment.'
  return undefined
}

/** @returns what is wrong with a query, or `undefined` */
function explainQuery(query: string): string | undefined {
  if (!QUERY_CHARACTERS.test(query)) return 'The query holds a character that has to be percent-encoded.'
  if (BAD_ESCAPE.test(query)) return 'The query holds a "%" without two hexadecimal digits.'
  if (query.includes('%00')) return 'The query holds an encoded NUL.'
  return undefined
}
