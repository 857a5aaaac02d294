import type { FieldLines } from './collect-fields'
import { isBodilessMethod } from './compile-coverage'
import { refuse, refuseMalformed } from './refuse'
import type { Refused } from './types'

/** RFC 9110 §9.1: case-sensitive; no registered method has a lower-case letter. */
const METHOD = /^[A-Z][A-Z0-9_-]{0,31}$/
const REFUSED_METHODS: ReadonlySet<string> = new Set(['CONNECT', 'TRACE'])

/**
 * Protocol section 4: which methods carry a credential, and no content on GET, HEAD and OPTIONS where it can be seen.
 *
 * @param fields of the request; `content-length` and `transfer-encoding` show content
 * @returns the refusal, or `undefined`
 */
export function checkMethod(method: string, fields: FieldLines): Refused | undefined {
  if (!METHOD.test(method)) return refuseMalformed('The method is not an upper-case token.')
  if (REFUSED_METHODS.has(method)) return refuseMalformed('The methods CONNECT and TRACE carry no credential.')
  if (!isBodilessMethod(method)) return undefined
  const lengths = fields.get('content-length') ?? []
  if (fields.has('transfer-encoding') || !lengths.every((length) => /^0*$/.test(length))) {
    return refuse('body_unexpected', 'A request with this method must not have content.')
  }
  return undefined
}
