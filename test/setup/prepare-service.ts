import type { RunningServer } from './start-server'
import { enrollTestMachine, type SigningKeyKind, type TestMachine, type TestRequest } from './test-machine'

export interface PreparedService {
  readonly slug: string
  readonly authority: string
  readonly gatewayKey: string
  readonly serviceId: string
  readonly gatewayId: string
  /** A new machine, let in with a join token of its own. */
  enroll(name?: string, labels?: Record<string, string>, signingKey?: SigningKeyKind): Promise<TestMachine>
  /** Asks the nginx endpoint about this very request, byte for byte, as nginx would. */
  ask(server: RunningServer, request: SentRequest): Promise<AuthzAnswer>
}

/** A request as the gateway reports it: whoever captured it can send it again. */
export interface SentRequest {
  readonly method: string
  readonly target: string
  readonly authority: string
  readonly headers: readonly (readonly [string, string])[]
}

export interface AuthzAnswer {
  readonly status: number
  /** `allowed`, or the code of the denial. */
  readonly code: string
  readonly headers: Headers
}

/** Creates a service with a gateway of a profile over the management API. */
export async function prepareService(
  server: RunningServer,
  options: {
    readonly slug?: string
    readonly profile?: string
    readonly settings?: object
    readonly authority?: string
  } = {},
): Promise<PreparedService> {
  const { slug = 'orders', profile = 'nginx', authority = 'orders.example' } = options
  const service = await must(
    server.api<{ id: string }>('POST', '/services', { slug, authorities: [{ authority }], ...options.settings }),
  )
  const gateway = await must(
    server.api<{ id: string }>('POST', '/gateways', { name: `${slug}-${profile}`, profile, services: [slug] }),
  )
  const key = await must(server.api<{ key: string }>('POST', `/gateways/${gateway.id}/keys`, {}))
  return {
    slug,
    authority,
    gatewayKey: key.key,
    serviceId: service.id,
    gatewayId: gateway.id,
    async enroll(name = 'test', labels = {}, signingKey = 'ed25519') {
      const token = await must(
        server.api<{ token: string }>('POST', '/join-tokens', { name: 'one test machine', labels }),
      )
      return enrollTestMachine(server.url, token.token, name, signingKey)
    },
    ask: (asked, request) => askNginxEndpoint(asked.url, slug, key.key, request),
  }
}

/** Signs a request with a machine and gives it in the form in which it is sent. */
export function makeRequest(machine: TestMachine, request: TestRequest): SentRequest {
  return {
    method: request.method ?? 'GET',
    target: request.target,
    authority: request.authority,
    headers: machine.sign(request),
  }
}

export async function askNginxEndpoint(
  url: string,
  slug: string,
  gatewayKey: string,
  request: SentRequest,
): Promise<AuthzAnswer> {
  const response = await fetch(`${url}/api/v1/authz/nginx/${slug}`, { headers: nginxQuestion(gatewayKey, request) })
  await response.arrayBuffer()
  const code = codeOf(response.headers.get('countersign-problem'))
  return { status: response.status, code, headers: response.headers }
}

/** The header fields with which nginx asks about a request. */
export function nginxQuestion(gatewayKey: string, request: SentRequest): [string, string][] {
  return [
    ...request.headers.map(([name, value]): [string, string] => [name, value]),
    ['X-Original-Method', request.method],
    ['X-Original-URI', request.target],
    ['X-Original-Host', request.authority],
    ['X-Original-Address', '192.0.2.7'],
    ['Countersign-Gateway-Key', gatewayKey],
  ]
}

/** `allowed`, or the code in the line of a denial. */
export function codeOf(problemLine: string | null | undefined): string {
  return problemLine ? (JSON.parse(problemLine) as { code: string }).code : 'allowed'
}

async function must<T>(call: Promise<{ status: number; body: T }>): Promise<T> {
  const { status, body } = await call
  if (status >= 300) throw new Error(`The management API answered ${status}: ${JSON.stringify(body)}`)
  return body
}
