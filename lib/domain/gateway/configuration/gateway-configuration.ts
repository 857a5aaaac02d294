import type { GatewayProfile } from '../gateway-profile'
import { caddyConfiguration } from './caddy-configuration'
import type { ConfigurationFile, GatewayConfigurationInput } from './configuration-file'
import { gateConfiguration } from './gate-configuration'
import { libraryConfiguration } from './library-configuration'
import { nginxConfiguration } from './nginx-configuration'

/** Gateways whose configuration is made here, and tried by the tests. */
export const configuredProfiles = ['nginx', 'caddy', 'gate', 'library'] as const satisfies readonly GatewayProfile[]

export type ConfiguredProfile = (typeof configuredProfiles)[number]

export const gatewayConfigurations: Readonly<
  Record<ConfiguredProfile, (input: GatewayConfigurationInput) => ConfigurationFile[]>
> = {
  nginx: nginxConfiguration,
  caddy: caddyConfiguration,
  gate: gateConfiguration,
  library: libraryConfiguration,
}

export function isConfiguredProfile(profile: string): profile is ConfiguredProfile {
  return configuredProfiles.some((known) => known === profile)
}
