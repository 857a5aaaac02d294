import type { GatewayProcess } from './gateway-process'
import type { Replacement } from './read-recipe'
import { startCaddy } from './start-caddy'
import { startGate } from './start-gate'
import { startHaproxy } from './start-haproxy'
import { startNginx } from './start-nginx'

/** Where a gateway stands: between clients and a backend, beside a verification service. */
export interface GatewayPlace {
  readonly serverPort: number
  readonly backendPort: number
  readonly gatewayKey: string
  /** The service, as the path of the check names it. */
  readonly slug: string
  readonly host: string
  /** Where it listens; a free port unless given. */
  readonly port?: number
  /** The files as the console shows them, by their names, instead of the guide's. */
  readonly files?: Readonly<Record<string, string>>
  /** Changes to the recipe after its placeholders are filled in, for tests of what a line is for. */
  readonly edit?: readonly Replacement[]
}

export const gatewayKinds = ['nginx', 'caddy', 'haproxy', 'gate'] as const
export type GatewayKind = (typeof gatewayKinds)[number]

export const startGateway: Record<GatewayKind, (place: GatewayPlace) => Promise<GatewayProcess>> = {
  nginx: (place) => startNginx(place),
  caddy: startCaddy,
  haproxy: startHaproxy,
  gate: startGate,
}
