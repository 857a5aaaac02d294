import { collectFields, type FieldLines } from './collect-fields'
import { parseAuthority } from './parse-authority'
import { parseRequestTarget } from './parse-request-target'
import { refuseMalformed } from './refuse'
import type { Refused, RequestMessage, RequestTarget, ResponseMessage, Scheme } from './types'

type ReadParts = {
  readonly fields: FieldLines
  /** Never mixed with `fields` (RFC 9421 §2.1.4). */
  readonly trailers: FieldLines
  readonly body: Uint8Array | undefined
}

/** A request as the general engine reads it: every value can stand in a signature base. */
export type ReadRequest = ReadParts & {
  readonly kind: 'request'
  readonly method: string
  readonly scheme: Scheme
  /** Canonical. */
  readonly authority: string
  /** As on the request line. */
  readonly requestTarget: string
  /** `undefined` in authority-form and asterisk-form, which name no path. */
  readonly target: RequestTarget | undefined
}

export type ReadResponse = ReadParts & { readonly kind: 'response'; readonly status: string }

type Result<Read> = { readonly outcome: 'read'; readonly read: Read } | Refused<'credential_malformed'>

/** RFC 9110 §9.1: a token, in any case. */
const METHOD = /^[A-Za-z0-9!#$%&'*+\-.^_`|~]{1,64}$/

export function readRequest(message: Omit<RequestMessage, 'kind'>): Result<ReadRequest> {
  const parts = readParts(message)
  if (parts === undefined) return refuseMalformed('A field name is not printable ASCII.')
  const { method, scheme } = message
  if (!METHOD.test(method)) return refuseMalformed('The method is not a token.')
  const authority = parseAuthority(message.authority, scheme)
  if (authority.outcome === 'refused') return refuseMalformed(authority.detail)
  const named = readTarget(message)
  if (named.outcome === 'refused') return named
  if (named.scheme !== undefined && named.scheme !== scheme) {
    return refuseMalformed('The request-target names another scheme than the request.')
  }
  if (named.authority !== undefined && named.authority !== authority.authority) {
    return refuseMalformed('The request-target names another authority than the request.')
  }
  const { target } = named
  const read = { ...parts, method, scheme, authority: authority.authority, requestTarget: message.target, target }
  return { outcome: 'read', read: { kind: 'request', ...read } }
}

export function readResponse(message: ResponseMessage): Result<ReadResponse> {
  const parts = readParts(message)
  if (parts === undefined) return refuseMalformed('A field name is not printable ASCII.')
  const { status } = message
  if (!Number.isInteger(status) || status < 100 || status > 999) {
    return refuseMalformed('The status is no integer of three digits.')
  }
  return { outcome: 'read', read: { kind: 'response', ...parts, status: String(status) } }
}

function readParts(message: Omit<RequestMessage, 'kind'> | ResponseMessage): ReadParts | undefined {
  const fields = collectFields(message.headers)
  const trailers = collectFields(message.trailers ?? [])
  return fields && trailers && { fields, trailers, body: message.body }
}

type NamedTarget = {
  readonly outcome: 'named'
  readonly target: RequestTarget | undefined
  /** Where the request-target itself has them. */
  readonly scheme?: Scheme | undefined
  readonly authority?: string | undefined
}

/** RFC 9112 §3.2. */
function readTarget({
  method,
  target,
  scheme,
}: Omit<RequestMessage, 'kind'>): NamedTarget | Refused<'credential_malformed'> {
  if (target === '*') {
    if (method !== 'OPTIONS') return refuseMalformed('Only OPTIONS has the request-target "*".')
    return { outcome: 'named', target: undefined }
  }
  // RFC 8441 §4: an extended CONNECT has a path.
  if (method === 'CONNECT' && !target.startsWith('/')) {
    const authority = parseAuthority(target, scheme)
    const hasPort = /:[0-9]+$/.test(target)
    if (authority.outcome === 'refused' || !hasPort)
      return refuseMalformed('The target of CONNECT is no host and port.')
    return { outcome: 'named', target: undefined, authority: authority.authority }
  }
  const parsed = parseRequestTarget(target, { allowEncodedSlash: true })
  if (parsed.outcome === 'refused') return parsed
  return { outcome: 'named', target: parsed, scheme: parsed.scheme, authority: parsed.authority }
}
