import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ByteBudget } from '@/lib/platform/byte-budget'
import { createHttpAgents } from '@/lib/platform/send-request'
import { pairFields } from '@/lib/protocol'
import { serveGate } from '../gate/serve-gate'
import { parseRequestUrl } from '../http/parse-request-url'
import type { GateIdentity } from '../gate/ask-verifier'
import type { TestService } from './start-test-service'

export interface SeenRequest {
  readonly method: string
  readonly url: string
  readonly headers: readonly (readonly [string, string])[]
  readonly body: Buffer
}

export interface GatedBackend {
  /** `127.0.0.1:port` of the gate. */
  readonly authority: string
  readonly port: number
  readonly url: string
  /** What reached the backend. */
  readonly seen: SeenRequest[]
  /** What the gate told its operator. */
  readonly log: string[]
  /** Replaces the backend's answer; by default it says the method, path and body's length. */
  answer: (request: IncomingMessage, response: ServerResponse, body: Buffer) => void
  /** A key of the gateway, which must never reach the backend. */
  readonly gatewayKey: string
  closeBackend(): Promise<void>
  close(): Promise<void>
}

/** A backend behind a gate, both real, registered as the service `orders` at the gate's own address. */
export async function startGatedBackend(
  service: TestService,
  options: { maxBodyBytes?: number; coveredFields?: string[]; identity?: GateIdentity } = {},
): Promise<GatedBackend> {
  const backend = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks)
      const { method = '', url = '' } = request
      gated.seen.push({ method, url, headers: pairFields(request.rawHeaders), body })
      gated.answer(request, response, body)
    })
  })
  await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve))
  const gatewayKey = service.deployment.createGatewayKey()
  const agents = createHttpAgents()
  const maxBodyBytes = options.maxBodyBytes ?? 1024 * 1024
  const log: string[] = []
  const served = await serveGate(
    {
      verifier: {
        serverUrl: service.url,
        service: 'orders',
        identity: options.identity ?? { kind: 'gateway-key', key: gatewayKey },
        agents,
      },
      upstream: parseRequestUrl(`http://127.0.0.1:${(backend.address() as AddressInfo).port}`),
      agents,
      maxBodyBytes,
      budget: new ByteBudget(64 * 1024 * 1024),
      log: (line) => log.push(line),
    },
    { host: '127.0.0.1', port: 0 },
  )
  const authority = served.address.slice('http://'.length)
  service.deployment.services = [
    {
      service: 'orders',
      authorities: [{ authority, pathPrefix: '' }],
      coveredFields: options.coveredFields ?? ['authorization', 'cookie', 'x-api-key'],
    },
  ]
  const closeBackend = async (): Promise<void> => {
    await new Promise<void>((resolve) => {
      backend.close(() => resolve())
      backend.closeAllConnections()
    })
  }
  const gated: GatedBackend = {
    authority,
    port: Number(authority.split(':').at(-1)),
    url: served.address,
    seen: [],
    log,
    gatewayKey,
    answer: (request, response, body) => {
      response.setHeader('X-Backend', 'yes')
      response.end(`${request.method} ${request.url} ${body.length}`)
    },
    closeBackend,
    close: async () => {
      agents.destroy()
      await served.close()
      await closeBackend()
    },
  }
  return gated
}
