import type { GatewayProfile } from '../gateway-profile'
import { apisixConfiguration } from './apisix-configuration'
import { caddyConfiguration } from './caddy-configuration'
import type { ConfigurationFile, GatewayConfigurationInput } from './configuration-file'
import { envoyConfiguration } from './envoy-configuration'
import { gateConfiguration } from './gate-configuration'
import { haproxyConfiguration } from './haproxy-configuration'
import { libraryConfiguration } from './library-configuration'
import { nginxConfiguration } from './nginx-configuration'
import { traefikConfiguration } from './traefik-configuration'

/** Gateways whose configuration is made here. Those that can be installed are started with it by the tests. */
export const configuredProfiles = [
  'nginx',
  'caddy',
  'haproxy',
  'traefik',
  'apisix',
  'envoy',
  'gate',
  'library',
] as const satisfies readonly GatewayProfile[]

export type ConfiguredProfile = (typeof configuredProfiles)[number]

export const gatewayConfigurations: Readonly<
  Record<ConfiguredProfile, (input: GatewayConfigurationInput) => ConfigurationFile[]>
> = {
  nginx: nginxConfiguration,
  caddy: caddyConfiguration,
  haproxy: haproxyConfiguration,
  traefik: traefikConfiguration,
  apisix: apisixConfiguration,
  envoy: envoyConfiguration,
  gate: gateConfiguration,
  library: libraryConfiguration,
}

export function isConfiguredProfile(profile: string): profile is ConfiguredProfile {
  return configuredProfiles.some((known) => known === profile)
}
