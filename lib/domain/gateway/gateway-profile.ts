import type { Can } from '../refusal'

/** The dialect that a gateway asks in (protocol.md, section 6). */
export const gatewayProfiles = ['nginx', 'caddy', 'traefik', 'haproxy', 'apisix', 'envoy', 'gate', 'library'] as const

export type GatewayProfile = (typeof gatewayProfiles)[number]

/** How a gateway proves which it is, where no machine does: by a key that it sends, or by its TLS client certificate. */
export const gatewayKeyKinds = ['secret', 'certificate'] as const

export type GatewayKeyKind = (typeof gatewayKeyKinds)[number]

/** Two, so that one can be replaced while the other works. */
export const maxGatewayKeys = 2

/** A gateway's name stands in configurations and commands, so it has the form of a slug. */
export const gatewayNamePattern = /^[a-z0-9-]{1,63}$/

/** Whether gateways of this profile show a certificate: Traefik keeps no secret that it could send. */
export function provesByCertificate(profile: GatewayProfile): boolean {
  return profile === 'traefik'
}

/** Whether gateways of this profile can prove themselves by a machine's credential instead of a key. */
export function canBindMachine(profile: GatewayProfile): Can {
  return profile === 'gate' || profile === 'library'
    ? { can: true }
    : { can: false, why: `${profile} cannot sign as a machine; give it a key. Only gate and library can.` }
}
