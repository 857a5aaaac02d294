import { expect, test } from 'vitest'
import {
  configuredProfiles,
  gatewayConfigurations,
  type ConfiguredProfile,
} from '@/lib/domain/gateway/configuration/gateway-configuration'
import type { GatewayConfigurationInput } from '@/lib/domain/gateway/configuration/configuration-file'
import { readRecipe } from './read-recipe'

/** What each guide takes for its example. */
const examples: Record<ConfiguredProfile, { guide: string; blocks: readonly string[]; server: string; key: string }> = {
  nginx: {
    guide: 'nginx.md',
    blocks: [
      'countersign/orders-gateway-key.conf',
      'countersign/orders-check.conf',
      'countersign/orders-backend.conf',
      'orders.conf',
    ],
    server: 'http://127.0.0.1:3000',
    key: 'csg_REPLACE_ME',
  },
  caddy: {
    guide: 'caddy.md',
    blocks: ['caddy.env', 'Caddyfile'],
    server: 'http://127.0.0.1:3000',
    key: 'csg_REPLACE_ME',
  },
  envoy: {
    guide: 'envoy.md',
    blocks: ['envoy.env', 'envoy.yaml', 'grpc-service.yaml', 'grpc-cluster.yaml'],
    server: 'http://127.0.0.1:3000',
    key: 'csg_REPLACE_ME',
  },
  library: {
    guide: '../middleware.md',
    blocks: ['express.mjs'],
    server: 'https://countersign.example',
    key: 'csg_REPLACE_ME',
  },
  haproxy: {
    guide: 'haproxy.md',
    blocks: ['haproxy.env', 'countersign.lua', 'edge.cfg', 'orders.cfg'],
    server: 'http://127.0.0.1:3000',
    key: 'csg_REPLACE_ME',
  },
  traefik: {
    guide: 'traefik.md',
    blocks: ['traefik.yml', 'orders.yml'],
    server: 'https://countersign.example',
    key: 'csg_REPLACE_ME',
  },
  apisix: { guide: 'apisix.md', blocks: ['route.json'], server: 'https://countersign.example', key: 'csg_REPLACE_ME' },
  gate: { guide: 'gate.md', blocks: ['gate.sh'], server: 'https://countersign.example', key: 'csg_REPLACE_ME' },
}

const inputOf = (serverUrl: string, gatewayKey = 'csg_REPLACE_ME'): GatewayConfigurationInput => ({
  slug: 'orders',
  authorities: ['orders.example'],
  serverUrl,
  backend: '127.0.0.1:8080',
  gatewayKey,
})

const contentOf = (profile: ConfiguredProfile, input: GatewayConfigurationInput, name: string) =>
  gatewayConfigurations[profile](input).find((file) => file.name === name)?.content

test.each(configuredProfiles)(
  'what the console shows for %s is, with the guide’s example, the guide’s own blocks, which tests start',
  async (profile) => {
    const { guide, blocks, server, key } = examples[profile]
    const recipe = await readRecipe(guide, blocks, [])
    for (const name of blocks) {
      expect([name, contentOf(profile, inputOf(server, key), name)]).toEqual([name, recipe[name]])
    }
  },
)

test('the key stands in one file of each, which says that it is secret', () => {
  for (const profile of configuredProfiles) {
    const files = gatewayConfigurations[profile](inputOf('https://countersign.example', 'csg_hush'))
    const holding = files.filter(({ content }) => content.includes('csg_hush'))
    // Traefik has a certificate instead.
    if (profile === 'traefik') {
      expect(holding).toEqual([])
      continue
    }
    expect([profile, holding.length, holding[0]?.isSecret]).toEqual([profile, 1, true])
  }
})

test('a verification service behind TLS has its certificate checked, as the guide says', async () => {
  const { 'check-tls.conf': lines } = await readRecipe('nginx.md', ['check-tls.conf'], [])
  const nginx = contentOf('nginx', inputOf('https://countersign.example'), 'orders.conf')
  expect(nginx).toContain(lines)
  expect(nginx).toContain('server countersign.example:443;')
  expect(nginx).toContain('proxy_pass https://countersign_orders/api/v1/authz/nginx/orders;')
  const { 'check-tls.cfg': serverLine } = await readRecipe('haproxy.md', ['check-tls.cfg'], [])
  const haproxy = contentOf('haproxy', inputOf('https://countersign.example'), 'orders.cfg')
  expect(haproxy).toContain(serverLine)
  expect(haproxy).toContain('http-request set-header Host countersign.example\n')
  expect(contentOf('caddy', inputOf('https://countersign.example'), 'Caddyfile')).toContain(
    'header_up Host {upstream_hostport}',
  )
  const { 'check-tls.yaml': tls } = await readRecipe('envoy.md', ['check-tls.yaml'], [])
  for (const name of ['envoy.yaml', 'grpc-cluster.yaml']) {
    expect(contentOf('envoy', inputOf('https://countersign.example'), name)).toContain(tls)
  }
})

test('every authority of a service is served, and no other', () => {
  const input = {
    ...inputOf('http://127.0.0.1:3000'),
    authorities: ['orders.example', 'b.example:8443', '[::1]:9000'] as const,
  }
  const nginx = contentOf('nginx', input, 'orders.conf')
  expect(nginx).toContain(
    '    default                         "";\n    "orders.example orders.example" orders.example;\n',
  )
  expect(nginx).toContain('"b.example b.example:8443"      b.example:8443;')
  expect(nginx).toContain('"[::1] [::1]:9000"              [::1]:9000;')
  expect(nginx).toContain('server_name orders.example b.example [::1];')
  for (const name of ['edge.cfg', 'orders.cfg']) {
    expect(contentOf('haproxy', input, name)).toContain(
      'unless { req.fhdr(host) -i -m str orders.example b.example:8443 [::1]:9000 }',
    )
  }
  const caddy = contentOf('caddy', input, 'Caddyfile')
  expect(caddy).toContain('orders.example, b.example:8443, [::1]:9000 {')
  expect(caddy).toContain(String.raw`(?i)^(orders\.example|b\.example:8443|\[::1\]:9000)$`)
  expect(contentOf('envoy', input, 'envoy.yaml')).toContain(
    "domains: ['orders.example', 'b.example:8443', '[::1]:9000']",
  )
})

test('plain HTTP to another machine is asked for by name, and only there', () => {
  const gate = (server: string) => contentOf('gate', inputOf(server), 'gate.sh')
  expect(gate('http://10.0.0.5:3000')).toContain('--allow-http')
  for (const server of ['https://a.example', 'http://localhost:3000', 'http://127.0.0.1:3000', 'http://[::1]:3000']) {
    expect(gate(server)).not.toContain('--allow-http')
  }
})

test('a slug that is no variable’s name still makes one', () => {
  const caddy = (slug: string) => contentOf('caddy', { ...inputOf('http://127.0.0.1:3000'), slug }, 'caddy.env')
  expect(caddy('my-api')).toContain('\nMY_API_BACKEND=')
  expect(caddy('2nd-api')).toContain('\n_2ND_API_BACKEND=')
})
