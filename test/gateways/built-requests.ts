import type { HttpField } from '@/lib/protocol'
import { formatRequest } from './raw-http'

/** A client's request as a gateway has it in its hands. */
export interface ClientRequest {
  readonly method: string
  readonly target: string
  readonly host: string
  readonly fields: readonly HttpField[]
  readonly body?: string
  /** The client sent it in chunks. */
  readonly isChunked?: boolean
}

const lower = (fields: readonly HttpField[]) => fields.map(([name, value]) => [name.toLowerCase(), value] as const)

/**
 * The question that Traefik's ForwardAuth asks, with the options of the guide, after `ServeHTTP` and `writeHeader` of
 * `pkg/middlewares/auth/forward.go` in github.com/traefik/traefik/v3 v3.7.13: a GET without the hop's headers, with its own
 * X-Forwarded-…, and with the client's body in the client's framing. Go writes header names in canonical form.
 */
export function buildTraefikQuestion(client: ClientRequest, slug: string): string {
  const hop = new Set(['connection', 'keep-alive', 'te', 'trailers', 'transfer-encoding', 'upgrade', 'content-length'])
  const copied = lower(client.fields).filter(([name]) => !hop.has(name) && !name.startsWith('x-forwarded-'))
  return question('GET', `/api/v1/authz/traefik/${slug}`, client, [
    ...copied,
    ['x-forwarded-for', '192.0.2.7'],
    ['x-forwarded-method', client.method],
    ['x-forwarded-proto', 'https'],
    ['x-forwarded-port', '443'],
    ['x-forwarded-host', client.host],
    ['x-forwarded-uri', client.target],
    ['accept-encoding', 'gzip'],
  ])
}

/** What the guide's route lists in `request_headers`. */
const listed = [
  'signature',
  'signature-input',
  'content-digest',
  'content-type',
  'authorization',
  'cookie',
  'x-api-key',
]

/**
 * The question that APISIX's forward-auth asks, with the options of the guide, after `do_auth` of
 * `apisix/plugins/forward-auth.lua` in apache/apisix (commit 000fce27): a POST with the listed headers, the first line of
 * each (`core.request.header`), the client's body, and a length of 0 where there is none (lua-resty-http).
 */
export function buildApisixQuestion(client: ClientRequest, slug: string, gatewayKey: string): string {
  const fields = lower(client.fields)
  const firstLine = (name: string) => fields.filter((field) => field[0] === name).slice(0, 1)
  const copied = listed.flatMap(firstLine)
  return question('POST', `/api/v1/authz/apisix/${slug}`, client, [
    ['x-forwarded-proto', 'https'],
    ['x-forwarded-method', client.method],
    ['x-forwarded-host', client.host],
    ['x-forwarded-uri', client.target],
    ['x-forwarded-for', '192.0.2.7'],
    ['countersign-gateway-key', gatewayKey],
    ...copied,
    ...(client.body === undefined ? [['content-length', '0'] as const] : []),
  ])
}

function question(method: string, target: string, client: ClientRequest, fields: readonly HttpField[]): string {
  const { body, isChunked = false } = client
  const lines = fields.map(([name, value]) => `${name}: ${value}`)
  if (body === undefined || !isChunked)
    return formatRequest({ method, target, host: 'countersign.example', lines, body })
  const head = formatRequest({
    ...{ method, target, host: 'countersign.example' },
    lines: [...lines, 'Transfer-Encoding: chunked'],
  })
  return `${head}${Buffer.byteLength(body).toString(16)}\r\n${body}\r\n0\r\n\r\n`
}
