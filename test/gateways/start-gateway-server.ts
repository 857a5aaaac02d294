import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import type { PreparedService } from '../setup/prepare-service'
import { startServer, type RunningServer } from '../setup/start-server'
import type { TestPlace } from '../setup/test-place'
import { freePort } from '../setup/free-port'
import { gatewayKinds, profileOf, type GatewayKind, type GatewayPlace } from './gateway-kinds'
import { prepareGatewayTls } from './prepare-gateway-tls'

/** A verification service with a listener for every kind of gateway. */
export interface GatewayServer {
  readonly server: RunningServer
  /** Where gateways ask it. */
  readonly listeners: Pick<GatewayPlace, 'serverPort' | 'grpcPort'> & Required<Pick<GatewayPlace, 'gatewayTls'>>
  /** After `server.stop()`: the same database, at the same ports. */
  startAgain(): Promise<RunningServer>
  removeFiles(): Promise<void>
}

export async function startGatewayServer(place: TestPlace): Promise<GatewayServer> {
  const tls = await prepareGatewayTls()
  const grpcPort = await freePort()
  const environment = {
    COUNTERSIGN_GRPC_PORT: String(grpcPort),
    // As long as that of the others: 150 ms are little on a machine that is busy with tests.
    COUNTERSIGN_ENVOY_DEADLINE_MS: '1000',
    ...tls.environment,
  }
  const server = await startServer(place, { environment }).catch(async (error: unknown) => {
    await tls.remove()
    throw error
  })
  return {
    server,
    listeners: { serverPort: server.port, grpcPort, gatewayTls: tls.gatewayTls },
    startAgain: () => startServer(place, { port: server.port, environment }),
    removeFiles: () => tls.remove(),
  }
}

/** A gateway of each kind for this service, with a key; that of Traefik is known by its certificate. */
export async function createGateways(
  { server, listeners }: GatewayServer,
  service: PreparedService,
): Promise<ReadonlyMap<GatewayKind, string>> {
  // That of nginx came with the service.
  const keys = new Map<GatewayKind, string>([['nginx', service.gatewayKey]])
  for (const kind of gatewayKinds) {
    if (keys.has(kind)) continue
    const body = { name: `orders-${kind}`, profile: profileOf[kind], services: ['orders'] }
    const made = await server.api<{ id: string }>('POST', '/gateways', body)
    const added = await server.api<{ key: string }>('POST', `/gateways/${made.body.id}/keys`, {})
    expect([made.status, added.status]).toEqual([201, 201])
    keys.set(kind, added.body.key)
  }
  const certificate = readFileSync(listeners.gatewayTls.files.gatewayCertificate, 'utf8')
  expect((await server.api('POST', '/gateways/orders-traefik/certificates', { certificate })).status).toBe(201)
  return keys
}
