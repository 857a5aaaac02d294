import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { freePort } from '../setup/free-port'
import { findInstalled } from './find-installed'
import type { GatewayPlace } from './gateway-kinds'
import { startGatewayProcess, type GatewayProcess } from './gateway-process'
import { readRecipe } from './read-recipe'

export type EnvoyTransport = 'http' | 'grpc'

/** A real Envoy with the guide's configuration, on loopback. */
export async function startEnvoy(place: GatewayPlace, transport: EnvoyTransport): Promise<GatewayProcess> {
  const port = place.port ?? (await freePort())
  const files = place.files ?? (await fromGuide(place, port))
  const { 'envoy.yaml': http = '', 'grpc-service.yaml': service = '', 'grpc-cluster.yaml': cluster = '' } = files
  const whole = transport === 'http' ? http : putInPlace(http, service, cluster)
  const bound = whole.replace(/address: 0\.0\.0\.0, port_value: \d+/, `address: 127.0.0.1, port_value: ${port}`)
  // The console writes the guide's port.
  const configuration = bound.replaceAll(
    "'127.0.0.1', port_value: 3001",
    `'127.0.0.1', port_value: ${place.grpcPort ?? 3001}`,
  )
  const key = /^COUNTERSIGN_GATEWAY_KEY=(.*)$/m.exec(files['envoy.env'] ?? '')?.[1] ?? ''
  return startEnvoyWith(configuration, { port, environment: { COUNTERSIGN_GATEWAY_KEY: key } })
}

/** A real Envoy with this configuration, which listens on this port of loopback. */
export async function startEnvoyWith(
  configuration: string,
  options: { readonly port: number; readonly environment: Record<string, string> },
): Promise<GatewayProcess> {
  const folder = await mkdtemp(path.join(tmpdir(), 'countersign-envoy-'))
  const file = path.join(folder, 'envoy.yaml')
  await writeFile(file, configuration)
  const quiet = ['--disable-hot-restart', '--concurrency', '1', '--log-level', 'warning']
  return startGatewayProcess(findInstalled('envoy'), ['-c', file, ...quiet], {
    ...options,
    cwd: folder,
    cleanUp: () => rm(folder, { recursive: true, force: true }),
  })
}

function fromGuide(place: GatewayPlace, port: number): Promise<Record<string, string>> {
  return readRecipe(
    'envoy.md',
    ['envoy.env', 'envoy.yaml', 'grpc-service.yaml', 'grpc-cluster.yaml'],
    [
      ["'127.0.0.1', port_value: 3000", `'127.0.0.1', port_value: ${place.serverPort}`],
      ["'127.0.0.1', port_value: 8080", `'127.0.0.1', port_value: ${place.backendPort}`],
      ['address: 0.0.0.0, port_value: 80', `address: 0.0.0.0, port_value: ${port}`],
      ['orders.example', place.host],
      ['authz/envoy-raw/orders', `authz/envoy-raw/${place.slug}`],
      ["countersign-service: 'orders'", `countersign-service: '${place.slug}'`],
      ['csg_REPLACE_ME', place.gatewayKey],
      ...(place.edit ?? []),
    ],
  )
}

/** What the guide says to put in the place of `http_service` and of the cluster `countersign`. */
function putInPlace(yaml: string, service: string, cluster: string): string {
  return yaml
    .replace(/^ {22}http_service:\n(?: {24}.*\n)+/m, () => service)
    .replace(/^ {4}- name: countersign\n(?: {6}.*\n)+/m, () => cluster)
}
