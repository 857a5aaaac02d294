import type { GatewayProfile } from '../gateway-profile'
import { caddyConfiguration } from './caddy-configuration'
import type { ConfigurationFile, GatewayConfigurationInput } from './configuration-file'
import { envoyConfiguration } from './envoy-configuration'
import { gateConfiguration } from './gate-configuration'
import { nginxConfiguration } from './nginx-configuration'

/** Gateways whose configuration is made here, and tried by the tests. */
export const configuredProfiles = ['nginx', 'caddy', 'envoy', 'gate'] as const satisfies readonly GatewayProfile[]

export type ConfiguredProfile = (typeof configuredProfiles)[number]

export const gatewayConfigurations: Readonly<
  Record<ConfiguredProfile, (input: GatewayConfigurationInput) => ConfigurationFile[]>
> = {
  nginx: nginxConfiguration,
  caddy: caddyConfiguration,
  envoy: envoyConfiguration,
  gate: gateConfiguration,
}

export function isConfiguredProfile(profile: string): profile is ConfiguredProfile {
  return configuredProfiles.some((known) => known === profile)
}
