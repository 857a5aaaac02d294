import { hostOf } from './authority-parts'
import type { ConfigurationFile, GatewayConfigurationInput } from './configuration-file'
import { readServerAddress } from './read-server-address'

const folder = '/etc/traefik'

/** Where the guide lets Countersign listen for gateways with a certificate (COUNTERSIGN_GATEWAY_TLS_PORT). */
const gatewayTlsPort = 3443

/** The two files of docs/gateways/traefik.md with the values of one service. No key stands in them: a certificate is one. */
export function traefikConfiguration(input: GatewayConfigurationInput): ConfigurationFile[] {
  const { slug } = input
  return [
    {
      name: 'traefik.yml',
      place: `${folder}/traefik.yml`,
      language: 'yaml',
      isSecret: false,
      content: entryPoint,
    },
    {
      name: `${slug}.yml`,
      place: `${folder}/dynamic/${slug}.yml`,
      language: 'yaml',
      isSecret: false,
      content: service(input),
    },
  ]
}

const entryPoint = `entryPoints:
  web:
    address: ':80'
    http:
      # What was signed is what is judged, and what the backend gets.
      sanitizePath: false

providers:
  file:
    directory: ${folder}/dynamic
`

function service({ slug, authorities, serverUrl, backend }: GatewayConfigurationInput): string {
  const routers = authorities.map((authority, index) => router(slug, authority, authorities.length > 1 ? index + 1 : 0))
  const hosts = authorities.map((authority, index) => host(slug, authority, authorities.length > 1 ? index + 1 : 0))
  return `http:
  routers:
${routers.join('')}
  services:
    ${slug}:
      loadBalancer:
        servers:
          - url: http://${backend}

  middlewares:
    # The decision. A body goes along, so that Countersign compares it with the digest that was signed.
    countersign-${slug}:
      forwardAuth:
        address: https://${readServerAddress(serverUrl).host}:${gatewayTlsPort}/api/v1/authz/traefik/${slug}
        trustForwardHeader: false
        forwardBody: true
        maxBodySize: 1048576
        maxResponseBodySize: 65536
        authResponseHeaders:
          - Countersign-Assertion
          - Countersign-Machine
          - Countersign-Decision
        tls:
          ca: ${folder}/countersign/server-ca.pem
          cert: ${folder}/countersign/gateway.pem
          key: ${folder}/countersign/gateway.key

${hosts.join('')}
    # Only WebSocket may take a connection over: h2c would carry requests that nobody checks.
    countersign-${slug}-no-upgrade:
      headers:
        customRequestHeaders:
          Connection: ''
          Http2-Settings: ''
          Upgrade: ''

    # What a client writes in Countersign's name or in a gateway's, under the names that a backend could take for it.
    countersign-${slug}-clean:
      headers:
        customRequestHeaders:
${cleaned.map((name) => `          ${name}: ''\n`).join('')}`
}

const suffix = (number: number): string => (number === 0 ? '' : `-${number}`)

function router(slug: string, authority: string, number: number): string {
  const name = slug + suffix(number)
  const rule = `Host(\`${hostOf(authority)}\`)`
  const chain = [`countersign-${slug}-clean`, `countersign-${slug}-host${suffix(number)}`, `countersign-${slug}`]
  return `    ${name}:
      rule: ${rule}
      service: ${slug}
      middlewares:
${list([`countersign-${slug}-no-upgrade`, ...chain])}    ${name}-websocket:
      rule: ${rule} && HeaderRegexp(\`Upgrade\`, \`(?i)^websocket$\`)
      service: ${slug}
      middlewares:
${list(chain)}`
}

const list = (names: readonly string[]): string => names.map((name) => `        - ${name}\n`).join('')

/** Traefik routes by the name alone; the backend reads the whole Host line, which nobody signed. */
function host(slug: string, authority: string, number: number): string {
  return `    countersign-${slug}-host${suffix(number)}:
      headers:
        customRequestHeaders:
          Host: '${authority}'
          X-Forwarded-Host: '${authority}'
`
}

const ours = [
  'Countersign-Assertion',
  'Countersign-Decision',
  'Countersign-Gateway-Key',
  'Countersign-Machine',
  'Countersign-Problem',
]

const dialects = [
  'Forwarded',
  'X-Envoy-Original-Method',
  'X-Envoy-Original-Path',
  'X-Original-Address',
  'X-Original-Content-Length',
  'X-Original-Host',
  'X-Original-Method',
  'X-Original-URI',
  'X-Original-URL',
  'X-Rewrite-URL',
]

/** Traefik's own: the client's are gone when a request comes in, but for those under another spelling. */
const traefiksOwn = [
  'X-Forwarded-For',
  'X-Forwarded-Host',
  'X-Forwarded-Method',
  'X-Forwarded-Port',
  'X-Forwarded-Prefix',
  'X-Forwarded-Proto',
  'X-Forwarded-Server',
  'X-Forwarded-Uri',
  'X-Real-Ip',
]

const misspelled = (names: readonly string[]) =>
  names.flatMap((name) => (name.includes('-') ? [name.replaceAll('-', '_'), name.replaceAll('-', '.')] : []))

const cleaned = [
  ...ours,
  ...dialects,
  'X-Forwarded-Method',
  'X-Forwarded-Prefix',
  'X-Forwarded-Uri',
  ...misspelled([...ours, ...dialects, ...traefiksOwn]),
]
