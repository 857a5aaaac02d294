import { Client, Metadata, credentials } from '@grpc/grpc-js'
import type { Problem } from '@/lib/contract/problem'
import { checkMethod, type CheckMessage, type CheckReply } from './external-auth'
import { exchangeRaw } from './raw-http'

type Lines = readonly (readonly [string, string])[]

/** What Envoy is told to ask, and how it is set. */
export interface EnvoyQuestion {
  readonly slug: string
  readonly key?: string | undefined
  readonly method: string
  readonly target: string
  readonly authority: string
  /** Lines of the client, each as it sent it. */
  readonly headers: Lines
  /** Bytes of the body that Envoy sends; undefined when it sends none. */
  readonly body?: Buffer | undefined
  /** Whether those are not all. */
  readonly isPartial?: boolean
  /** `encode_raw_headers`, and `pack_as_bytes`; without them lines are merged and bytes replaced. */
  readonly isRaw?: boolean
  /** HTTP: what the path says about that, where it is something else. */
  readonly profile?: 'envoy' | 'envoy-raw'
}

export interface EnvoyAnswer {
  readonly status: number
  /** `allowed`, or the code of the denial. */
  readonly code: string
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>
  readonly headersToRemove: readonly string[]
}

/** `MessageUtil::sanitizeUtf8String`: `!` for each byte that is no UTF-8. */
const sanitize = (text: string) => Buffer.from(text, 'latin1').toString('utf8').replaceAll('\ufffd', '!')

/**
 * What `CheckRequestUtils::setHttpRequest` (Envoy, source/extensions/filters/common/ext_authz/check_request_utils.cc) makes
 * of a request: the client's own `x-envoy-auth-partial-body` is dropped, Envoy's own follows when a body is sent.
 */
function listLines({ headers, body, isPartial = false, isRaw = true }: EnvoyQuestion): (readonly [string, string])[] {
  const lines = headers.map(([name, value]) => [name.toLowerCase(), value] as const)
  const own = lines.filter(([name]) => name !== 'x-envoy-auth-partial-body')
  const added = body === undefined ? [] : [['x-envoy-auth-partial-body', String(isPartial)] as const]
  if (isRaw) return [...own, ...added]
  const merged = new Map<string, string>()
  for (const [name, value] of own) {
    const before = merged.get(name)
    merged.set(name, before === undefined ? sanitize(value) : `${before},${sanitize(value)}`)
  }
  return [...merged, ...added]
}

/** The question of `RawHttpClientImpl::check` (ext_authz_http_impl.cc of the same folder): length first, then the lines. */
export async function askEnvoyHttp(port: number, question: EnvoyQuestion): Promise<EnvoyAnswer> {
  const { slug, key, method, target, authority, body = Buffer.alloc(0), isRaw = true } = question
  const profile = question.profile ?? (isRaw ? 'envoy-raw' : 'envoy')
  const path = isRaw ? target : sanitize(target)
  const lines = listLines(question).filter(([name]) => name !== 'content-length')
  const head = [
    `${method} /api/v1/authz/${profile}/${slug}${path} HTTP/1.1`,
    `host: ${authority}`,
    `content-length: ${body.length}`,
    ...lines.map(([name, value]) => `${name}: ${value}`),
    ...(key === undefined ? [] : [`countersign-gateway-key: ${key}`]),
  ]
  const sent = isRaw ? body : Buffer.from(sanitize(body.toString('latin1')))
  const { responses } = await exchangeRaw(port, [`${head.join('\r\n')}\r\n\r\n`, sent], 1)
  const [{ status, headers }] = responses as [(typeof responses)[number]]
  const problem = headers.get('countersign-problem')
  const code = problem === undefined ? 'allowed' : (JSON.parse(problem) as Problem).code
  return { status, code, headers, headersToRemove: (headers.get('x-envoy-auth-headers-to-remove') ?? '').split(',') }
}

export interface CheckClient {
  /** Rejects with an error of gRPC. */
  check(message: CheckMessage | Buffer, metadata?: Record<string, string>, deadlineMs?: number): Promise<CheckReply>
  ask(question: EnvoyQuestion): Promise<EnvoyAnswer>
  close(): void
}

/** A client of the gRPC listener at this port, as Envoy is one. */
export function openCheckClient(port: number): CheckClient {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure())
  const check: CheckClient['check'] = (message, fields = {}, deadlineMs = 10_000) =>
    new Promise((resolve, reject) => {
      const metadata = new Metadata()
      for (const [name, value] of Object.entries(fields)) metadata.set(name, value)
      client.makeUnaryRequest<Buffer, CheckReply>(
        checkMethod.path,
        (bytes) => bytes,
        checkMethod.responseDeserialize,
        Buffer.isBuffer(message) ? message : checkMethod.requestSerialize(message),
        metadata,
        { deadline: Date.now() + deadlineMs },
        (error, reply) => (reply ? resolve(reply) : reject(error ?? new Error('No reply.'))),
      )
    })
  return {
    check,
    async ask(question) {
      const metadata = question.key === undefined ? {} : { 'countersign-gateway-key': question.key }
      return toAnswer(await check(toCheckMessage(question), metadata))
    },
    close: () => client.close(),
  }
}

/** The message of the same function, with its pseudo-headers. */
export function toCheckMessage(question: EnvoyQuestion): CheckMessage {
  const { slug, method, target, authority, body, isRaw = true } = question
  const pseudo = [
    [':authority', authority],
    [':path', target],
    [':method', method],
    [':scheme', 'http'],
  ] as const
  const lines = [
    ...pseudo.map(([name, value]) => [name, isRaw ? value : sanitize(value)] as const),
    ...listLines(question),
  ]
  return {
    attributes: {
      source: { address: { socket_address: { address: '192.0.2.7' } } },
      request: {
        http: {
          ...{
            id: '1',
            method,
            path: sanitize(target),
            host: sanitize(authority),
            scheme: 'http',
            protocol: 'HTTP/1.1',
          },
          ...(isRaw
            ? {
                header_map: {
                  headers: lines.map(([key, value]) => ({ key, raw_value: Buffer.from(value, 'latin1') })),
                },
              }
            : { headers: Object.fromEntries(lines) }),
          ...(body && (isRaw ? { raw_body: body } : { body: sanitize(body.toString('latin1')) })),
        },
      },
      context_extensions: { 'countersign-service': slug },
    },
  }
}

export function toAnswer(reply: CheckReply): EnvoyAnswer {
  const { status, ok_response: ok, denied_response: denied } = reply
  const headers = new Map((ok ?? denied)?.headers.map(({ header }) => [header.key, header.value] as const))
  if (ok && status.code === 0) return { status: 200, code: 'allowed', headers, headersToRemove: ok.headers_to_remove }
  if (!denied || status.code === 0) throw new Error('Neither a denial nor an allow.')
  const problem = JSON.parse(denied.body) as Problem
  return { status: denied.status.code, code: problem.code, headers, headersToRemove: [] }
}
