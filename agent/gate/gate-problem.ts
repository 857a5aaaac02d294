import { randomBytes } from 'node:crypto'
import type { ServerResponse } from 'node:http'

/** The denials that a gate makes itself; all others are the verifier's own words. */
const problems = {
  credential_missing: { status: 401, title: 'The request carries no Countersign credential.' },
  credential_malformed: { status: 401, title: 'The credential is not in the form that the profile demands.' },
  component_missing: { status: 401, title: 'The signature does not cover something that it must cover.' },
  digest_mismatch: { status: 401, title: 'The body is not the one that was signed.' },
  body_unexpected: { status: 401, title: 'A GET, HEAD or OPTIONS request carries a body.' },
  request_too_large: { status: 413, title: 'The request is larger than this gate takes.' },
  unavailable: { status: 403, title: 'Countersign cannot decide now, so the answer is no.' },
} as const

export type GateProblemCode = keyof typeof problems

/** What a gate answers instead of forwarding. */
export interface Denial {
  readonly status: number
  /** Beside the framing and `Cache-Control`. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: Buffer
}

export function makeDenial(code: GateProblemCode, detail: string): Denial {
  const { status, title } = problems[code]
  const requestId = `req_${randomBytes(12).toString('hex')}`
  const line = toAsciiJson({ title, status, code, detail, requestId })
  return {
    status,
    headers: [
      ['Content-Type', 'application/problem+json'],
      ['Countersign-Problem', line],
      ...(status === 401 ? ([['WWW-Authenticate', 'Countersign']] as const) : []),
    ],
    body: Buffer.from(line),
  }
}

/** An allowed request that the upstream did not answer: no denial, and the decision stays spent. */
export function makeUpstreamFault(detail: string): Denial {
  const line = toAsciiJson({ title: 'The service behind the gate did not answer.', status: 502, detail })
  return { status: 502, headers: [['Content-Type', 'application/problem+json']], body: Buffer.from(line) }
}

/** Answers and, when the request was not read to its end, closes the connection: what follows on it is not a request. */
export function sendDenial(response: ServerResponse, denial: Denial, options: { close: boolean }): void {
  if (response.headersSent || response.destroyed) {
    response.destroy()
    return
  }
  if (options.close) response.shouldKeepAlive = false
  response.writeHead(denial.status, framed(denial, response.req.method === 'HEAD').flat())
  response.end(response.req.method === 'HEAD' ? undefined : denial.body)
}

/** The same denial for a connection that has no response object: CONNECT, and what is not HTTP. */
export function formatRawDenial(denial: Denial): string {
  const lines = framed(denial, false).map(([name, value]) => `${name}: ${value}`)
  return `HTTP/1.1 ${denial.status} Denied\r\n${lines.join('\r\n')}\r\nConnection: close\r\n\r\n${denial.body.toString('latin1')}`
}

function framed(denial: Denial, isHead: boolean): [string, string][] {
  const length: [string, string][] = isHead ? [] : [['Content-Length', String(denial.body.length)]]
  return [
    ...denial.headers.map(([name, value]): [string, string] => [name, value]),
    ['Cache-Control', 'no-store'],
    ...length,
  ]
}

function toAsciiJson(value: object): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
