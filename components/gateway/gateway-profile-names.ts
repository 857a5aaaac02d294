import type { GatewayProfile } from '@/lib/domain/gateway/gateway-profile'

export const gatewayProfileNames: Readonly<Record<GatewayProfile, string>> = {
  nginx: 'nginx',
  caddy: 'Caddy',
  traefik: 'Traefik',
  haproxy: 'HAProxy',
  apisix: 'APISIX',
  envoy: 'Envoy',
  gate: 'countersign gate',
  library: 'Library in the backend',
}
