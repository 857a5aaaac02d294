import type { Problem } from '@/lib/contract/problem'
import type { SentRequest } from '../../setup/prepare-service'
import type { RunningServer } from '../../setup/start-server'

export interface GatewayQuestion {
  readonly server: RunningServer
  readonly request: SentRequest
  readonly slug: string
  readonly key?: string | undefined
  readonly profile?: 'nginx' | 'caddy'
  /** Where the gateway says that the client is. */
  readonly from?: string
  /** The host that the gateway reports; default the request's authority. */
  readonly host?: string
  readonly contentLength?: string
}

export interface GatewayAnswer {
  readonly status: number
  readonly headers: Headers
  /** The document of the header line, which the body repeats. */
  readonly problem: Problem | undefined
}

/** Asks a gateway endpoint in a profile's own headers. */
export async function askGateway(question: GatewayQuestion): Promise<GatewayAnswer> {
  const { server, request, slug, key, profile = 'nginx', from = '192.0.2.7', host = request.authority } = question
  const prefix = profile === 'nginx' ? 'x-original' : 'x-forwarded'
  const headers: [string, string][] = [
    ...request.headers.map(([name, value]): [string, string] => [name, value]),
    [`${prefix}-method`, request.method],
    [`${prefix}-uri`, request.target],
    [`${prefix}-host`, host],
    [profile === 'nginx' ? 'x-original-address' : 'x-forwarded-for', from],
    ...(question.contentLength === undefined
      ? []
      : [['x-original-content-length', question.contentLength] as [string, string]]),
    ...(key === undefined ? [] : [['countersign-gateway-key', key] as [string, string]]),
  ]
  const response = await fetch(`${server.url}/api/v1/authz/${profile}/${slug}`, { headers })
  await response.arrayBuffer()
  const line = response.headers.get('countersign-problem')
  return {
    status: response.status,
    headers: response.headers,
    problem: line === null ? undefined : (JSON.parse(line) as Problem),
  }
}

/** The request with one header's value changed. */
export function withHeader(request: SentRequest, name: string, change: (value: string) => string): SentRequest {
  return {
    ...request,
    headers: request.headers.map(([each, value]) => [each, each === name ? change(value) : value] as const),
  }
}
