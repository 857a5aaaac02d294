'use client'

import { useQuery } from '@tanstack/react-query'
import { parseAsStringLiteral, useQueryState } from 'nuqs'
import { useState } from 'react'
import { ProblemState } from '@/components/common/problem-state'
import { Card } from '@/components/ui/card'
import { Field } from '@/components/ui/field'
import { Input } from '@/components/ui/input'
import { Notice } from '@/components/ui/notice'
import { Select } from '@/components/ui/select'
import { Skeleton } from '@/components/ui/skeleton'
import { EmptyState } from '@/components/ui/state-panel'
import { deploymentQuery } from '@/lib/client/queries/deployment-queries'
import type { Service } from '@/lib/contract/services'
import { isLoopbackAuthority } from '@/lib/domain/gateway/configuration/authority-parts'
import { isBackend } from '@/lib/domain/gateway/configuration/backend'
import { exampleBackend, gatewayKeyPlaceholder } from '@/lib/domain/gateway/configuration/configuration-file'
import {
  configuredProfiles,
  gatewayConfigurations,
  type ConfiguredProfile,
} from '@/lib/domain/gateway/configuration/gateway-configuration'
import { readServerAddress } from '@/lib/domain/gateway/configuration/read-server-address'
import { ConfigurationFiles } from './configuration-files'
import { gatewayProfileNames } from './gateway-profile-names'

export interface GatewayConfigurationProps {
  readonly service: Service
}

/** What to put on a gateway of this service, ready to paste. The key stands in for itself: it was shown once. */
export function GatewayConfiguration({ service }: GatewayConfigurationProps) {
  const [profile, setProfile] = useQueryState('for', parseAsStringLiteral(configuredProfiles).withDefault('nginx'))
  return (
    <Card
      title="Configuration"
      description="With the values of this service. These are the configurations that our own tests start the gateways with."
    >
      <ProfileConfiguration
        service={service}
        profile={profile}
        gatewayKey={gatewayKeyPlaceholder}
        chooser={
          <Field label="Gateway" className="w-full sm:w-52">
            <Select
              value={profile}
              onChange={(event) =>
                void setProfile(configuredProfiles.find((each) => each === event.target.value) ?? null)
              }
            >
              {configuredProfiles.map((each) => (
                <option key={each} value={each}>
                  {gatewayProfileNames[each]}
                </option>
              ))}
            </Select>
          </Field>
        }
      />
    </Card>
  )
}

export interface ProfileConfigurationProps extends GatewayConfigurationProps {
  readonly profile: ConfiguredProfile
  /** The key while it is shown, else what stands in its place. Never in an address, never stored. */
  readonly gatewayKey: string
  readonly chooser?: React.ReactNode
}

export function ProfileConfiguration({ service, profile, gatewayKey, chooser }: ProfileConfigurationProps) {
  const deployment = useQuery(deploymentQuery())
  const [backend, setBackend] = useState(exampleBackend)
  const isGood = isBackend(backend.trim())
  const [first, ...others] = service.authorities.map(({ authority }) => authority)
  if (deployment.data === undefined) {
    if (!deployment.isError) return <Skeleton className="h-40 w-full" />
    return (
      <ProblemState error={deployment.error} permission="deployment.read" onRetry={() => void deployment.refetch()} />
    )
  }
  if (first === undefined) {
    return (
      <EmptyState title="The service has no authority">
        Give it the host that clients call, under Settings; its configuration then stands here.
      </EmptyState>
    )
  }
  const { publicUrl } = deployment.data
  const files = gatewayConfigurations[profile]({
    slug: service.slug,
    authorities: [...new Set([first, ...others])] as [string, ...string[]],
    serverUrl: publicUrl,
    backend: isGood ? backend.trim() : exampleBackend,
    gatewayKey,
  })
  return (
    <div className="flex min-w-0 flex-col gap-4">
      <div className="flex flex-wrap gap-x-3 gap-y-3">
        {chooser}
        <Field
          label="Backend to protect"
          className="w-full sm:w-64"
          error={isGood ? undefined : 'Write host and port, such as 127.0.0.1:8080.'}
        >
          <Input
            value={backend}
            spellCheck={false}
            autoComplete="off"
            className="font-mono sm:text-xs"
            onChange={(event) => setBackend(event.target.value)}
          />
        </Field>
      </div>
      {isLoopbackAuthority(readServerAddress(publicUrl).authority) && (
        <Notice title={`Countersign’s public URL is ${publicUrl}`}>
          So this works for a gateway on the same machine. For others start Countersign with COUNTERSIGN_PUBLIC_URL set
          to where they reach it.
        </Notice>
      )}
      <ConfigurationFiles files={files} />
      <p className="text-quiet">{afterwards[profile]}</p>
    </div>
  )
}

const afterwards: Readonly<Record<ConfiguredProfile, string>> = {
  nginx:
    'Replace listen by your own listener; for TLS listen 443 ssl with ssl_certificate and ssl_certificate_key. Then nginx -t && nginx -s reload, and probe the service. The guide is docs/gateways/nginx.md.',
  caddy:
    'Name the environment file in the unit of Caddy with EnvironmentFile=, then caddy validate, restart Caddy, and probe the service. Beside another service only the block of its hosts goes in. The guide is docs/gateways/caddy.md.',
  library:
    'The key file readable by the service’s account alone. Fastify, Hono, Next.js and node:http, and services behind a gateway, are in the guide docs/middleware.md.',
  haproxy:
    'Replace bind by your own listener; for TLS bind :443 ssl crt. A second service adds its own file and a use_backend line. Then haproxy -c, reload HAProxy, and probe the service. The guide is docs/gateways/haproxy.md.',
  traefik:
    'Traefik proves itself by a certificate: pin it under Gateways, and start Countersign with COUNTERSIGN_GATEWAY_TLS_PORT=3443 and its two files. Then restart Traefik and probe the service. The guide is docs/gateways/traefik.md.',
  apisix:
    'Add every field that the service demands to be signed to request_headers. Whoever reads the route reads the key, so guard the Admin API and its store. Then probe the service. The guide is docs/gateways/apisix.md.',
  envoy:
    'Name the environment file in the unit of Envoy with EnvironmentFile=, give the listener its TLS, then envoy --mode validate, restart Envoy, and probe the service. For gRPC start Countersign with COUNTERSIGN_GRPC_PORT=3001 and exchange the two blocks. The guide is docs/gateways/envoy.md.',
  gate: 'The gate speaks plain HTTP: put it behind what ends TLS, with Host unchanged, and let nothing else reach the backend. Then probe the service. The guide is docs/gateways/gate.md.',
}
