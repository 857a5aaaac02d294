import type { GatewayProfile } from '@/lib/domain/gateway/gateway-profile'
import type { GatewayProcess } from './gateway-process'
import type { Replacement } from './read-recipe'
import { startCaddy } from './start-caddy'
import { startEnvoy } from './start-envoy'
import { startGate } from './start-gate'
import { startHaproxy } from './start-haproxy'
import { startNginx } from './start-nginx'
import { startTraefik } from './start-traefik'
import type { TlsFiles } from './tls-files'

/** Where a gateway stands: between clients and a backend, beside a verification service. */
export interface GatewayPlace {
  readonly serverPort: number
  /** Of the verification service’s gRPC listener, for the kinds that ask it. */
  readonly grpcPort?: number
  /** The verification service's listener for gateways with certificates, for the kinds that prove themselves by one. */
  readonly gatewayTls?: { readonly port: number; readonly files: TlsFiles }
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

export const gatewayKinds = ['nginx', 'caddy', 'haproxy', 'gate', 'envoy', 'envoy-grpc', 'traefik'] as const
export type GatewayKind = (typeof gatewayKinds)[number]

export const startGateway: Record<GatewayKind, (place: GatewayPlace) => Promise<GatewayProcess>> = {
  nginx: (place) => startNginx(place),
  caddy: startCaddy,
  haproxy: startHaproxy,
  gate: startGate,
  envoy: (place) => startEnvoy(place, 'http'),
  'envoy-grpc': (place) => startEnvoy(place, 'grpc'),
  traefik: startTraefik,
}

/** What a kind has a configuration and a dialect as. */
export const profileOf = {
  nginx: 'nginx',
  caddy: 'caddy',
  haproxy: 'haproxy',
  gate: 'gate',
  envoy: 'envoy',
  'envoy-grpc': 'envoy',
  traefik: 'traefik',
} as const satisfies Record<GatewayKind, GatewayProfile>

/** Kinds that compare bodies with their digests, and refuse themselves. */
export const bodyChecking: ReadonlySet<GatewayKind> = new Set(['gate', 'envoy', 'envoy-grpc', 'traefik'] as const)

/** Kinds that are given a full URL and drop the Host line beside it, as RFC 9112 §3.2.2 has it. */
export const hostReplacing: ReadonlySet<GatewayKind> = new Set(['caddy', 'envoy', 'envoy-grpc', 'traefik'] as const)

/** Kinds that give the backend the service's host, whatever name of it the client wrote. */
export const hostWriting: ReadonlySet<GatewayKind> = new Set(['gate', 'traefik'] as const)

/** Kinds that have no words of ours when nothing was decided, and take any 2xx for yes: behind them the library denies. */
export const believing: ReadonlySet<GatewayKind> = new Set(['traefik'] as const)

/** Where a gateway stands of which Countersign knows neither the key nor the certificate. */
export function asStranger(place: GatewayPlace): GatewayPlace {
  const { gatewayTls: tls } = place
  const { strangerCertificate: gatewayCertificate = '', strangerKey: gatewayKey = '' } = tls?.files ?? {}
  return {
    ...place,
    gatewayKey: `${place.gatewayKey.slice(0, -4)}AAAA`,
    ...(tls && { gatewayTls: { ...tls, files: { ...tls.files, gatewayCertificate, gatewayKey } } }),
  }
}
