import { createHash } from 'node:crypto'
import type { HttpField } from '@/lib/protocol'
import { wrongUsage } from '../agent-error'
import { escapeUntrusted } from '../escape-untrusted'
import { parseRequestUrl, type RequestUrl } from './parse-request-url'

/** A request as it will be sent, but for its credential and its framing. */
export interface PreparedRequest {
  readonly method: string
  readonly url: RequestUrl
  readonly headers: readonly HttpField[]
  readonly body: Uint8Array | undefined
  /** SHA-256 of the body; undefined where the method has none. */
  readonly bodyDigest: Uint8Array | undefined
}

/** Set by this program or by the connection; a caller's own would make what is sent differ from what is signed. */
const RESERVED: ReadonlySet<string> = new Set([
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'upgrade',
  'expect',
  'signature',
  'signature-input',
])
const METHODS_WITHOUT_BODY: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Checks a caller's request, and says what is wrong in words for the person who wrote it. */
export function prepareRequest(
  method: string,
  url: string,
  headers: readonly HttpField[],
  body: Uint8Array | undefined,
): PreparedRequest {
  if (!/^[A-Z][A-Z0-9_-]{0,31}$/.test(method)) {
    throw wrongUsage(`"${escapeUntrusted(method, 40)}" is not a method; methods are written in capitals: GET, POST …`)
  }
  for (const [name, value] of headers) {
    if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)) {
      throw wrongUsage(`"${escapeUntrusted(name, 80)}" is not the name of a header field.`)
    }
    if (RESERVED.has(name.toLowerCase())) {
      throw wrongUsage(
        `The header field ${name} is set by countersign itself.`,
        'Leave it out; the host comes from the URL.',
      )
    }
    if (/[^\t\x20-\x7e\x80-\xff]/.test(value)) {
      throw wrongUsage(`The value of the header field ${name} holds a character that HTTP cannot carry.`)
    }
  }
  const hasBody = body !== undefined && body.length > 0
  if (METHODS_WITHOUT_BODY.has(method)) {
    if (hasBody)
      throw wrongUsage(`A ${method} request has no body.`, 'Send the data with another method, such as POST.')
    return { method, url: parseRequestUrl(url), headers, body: undefined, bodyDigest: undefined }
  }
  const content = body ?? new Uint8Array(0)
  return {
    method,
    url: parseRequestUrl(url),
    headers,
    body: content,
    bodyDigest: createHash('sha256').update(content).digest(),
  }
}
