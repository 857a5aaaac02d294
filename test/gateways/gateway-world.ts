import { expect } from 'vitest'
import { computeContentDigest } from '@/lib/protocol'
import type { Decision } from '@/lib/contract/decisions'
import { createTestPlace, type DatabaseKind } from '../setup/open-test-dependencies'
import { prepareService, type PreparedService } from '../setup/prepare-service'
import type { RunningServer } from '../setup/start-server'
import type { TestMachine } from '../setup/test-machine'
import { gatewayKinds, startGateway, type GatewayKind, type GatewayPlace } from './gateway-kinds'
import type { GatewayProcess } from './gateway-process'
import { startProtectedBackend, type ProtectedBackend } from './protected-backend'
import { formatRequest, sendRaw, type RawAnswer, type RawRequest } from './raw-http'
import { createGateways, startGatewayServer } from './start-gateway-server'

export const host = 'orders.example'
export const slug = 'orders'

/** What a test sends: what the machine signs, and how the bytes on the wire differ from it. */
export interface SentThroughGateway extends Partial<Omit<RawRequest, 'target'>> {
  readonly target?: string
  /** What is signed, where it is something else than what is sent. */
  readonly signed?: {
    readonly method?: string
    readonly target?: string
    readonly body?: string
    readonly host?: string
  }
}

export interface GatewayWorld {
  readonly server: RunningServer
  readonly service: PreparedService
  readonly backend: ProtectedBackend
  readonly machine: TestMachine
  gateway(kind: GatewayKind): GatewayProcess
  /** Where a further gateway of this kind would stand, with the key that works. */
  place(kind: GatewayKind): GatewayPlace
  /** A countersigned request as bytes; a new credential each time. */
  sign(request?: SentThroughGateway, machine?: TestMachine): string
  send(kind: GatewayKind, request?: SentThroughGateway, machine?: TestMachine): Promise<RawAnswer>
  /** Newest first. */
  decisions(query?: string): Promise<Decision[]>
  /** After `server.stop()`: the same database, at the same port. */
  startServerAgain(): Promise<void>
  close(): Promise<void>
}

/** One verification service, one backend and a gateway of each kind between them. All real. */
export async function openGatewayWorld(
  options: { readonly kinds?: readonly GatewayKind[]; readonly database?: DatabaseKind } = {},
): Promise<GatewayWorld> {
  const { kinds = gatewayKinds, database = 'postgresql' } = options
  const cleanups: (() => Promise<unknown>)[] = []
  const close = async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
  }
  try {
    const testPlace = await createTestPlace(database)
    cleanups.push(() => testPlace.remove())
    const gatewayServer = await startGatewayServer(testPlace)
    const { server, listeners } = gatewayServer
    cleanups.push(
      () => gatewayServer.removeFiles(),
      () => server.stop(),
    )
    const service = await prepareService(server, { slug, authority: host })
    const backend = await startProtectedBackend({
      service: slug,
      jwksUrl: `${server.url}/.well-known/jwks.json`,
      issuer: `http://localhost:${server.port}`,
    })
    cleanups.push(() => backend.close())
    const keys = await createGateways(gatewayServer, service)
    const place = (kind: GatewayKind): GatewayPlace => ({
      ...listeners,
      backendPort: backend.port,
      gatewayKey: keys.get(kind) ?? '',
      slug,
      host,
    })
    const gateways = new Map<GatewayKind, GatewayProcess>()
    const start = async (kind: GatewayKind) => {
      const gateway = await startGateway[kind](place(kind))
      cleanups.push(() => gateway.stop())
      gateways.set(kind, gateway)
    }
    // All of them, also where one fails: none that is still starting may be left behind.
    for (const started of await Promise.allSettled(kinds.map(start))) {
      if (started.status === 'rejected') throw started.reason
    }
    const machine = await service.enroll('caller')
    const gateway = (kind: GatewayKind): GatewayProcess => gateways.get(kind)!
    const sign = (request: SentThroughGateway = {}, signer = machine) => signRequest(signer, request)
    return {
      server,
      service,
      backend,
      machine,
      gateway,
      place,
      sign,
      send: (kind, request, signer) => sendRaw(gateway(kind).port, sign(request, signer)),
      async decisions(query = '') {
        const answer = await server.api<{ items: Decision[] }>('GET', `/decisions?limit=100${query}`)
        expect(answer.status).toBe(200)
        return answer.body.items
      },
      async startServerAgain() {
        const again = await gatewayServer.startAgain()
        cleanups.push(() => again.stop())
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

function signRequest(machine: TestMachine, request: SentThroughGateway): string {
  const { signed = {}, target = '/v1/orders', lines = [], ...rest } = request
  const body = signed.body ?? request.body
  const fields = machine.sign({
    method: signed.method ?? request.method ?? 'GET',
    authority: signed.host ?? host,
    target: signed.target ?? target,
    headers: body === undefined ? [] : [['Content-Digest', computeContentDigest(Buffer.from(body))]],
  })
  return formatRequest({
    host,
    ...rest,
    target,
    lines: [...fields.map(([name, value]) => `${name}: ${value}`), ...lines],
  })
}
