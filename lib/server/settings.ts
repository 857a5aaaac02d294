import { homedir } from 'node:os'
import path from 'node:path'
import ipaddr from 'ipaddr.js'
import { parseId } from '@/lib/domain/ids'
import { assertSocketPathFits } from '@/lib/platform/reach-socket-directory'

/** Every setting of the process. Nothing else in `lib/server` reads the environment. */
export interface Settings {
  /** What this process does: `verification` decides and lets machines in, `console` is for people, `all` is both. */
  readonly role: 'all' | 'verification' | 'console'
  /** How many processes share the port; more than one on a node that only verifies. */
  readonly processes: number
  readonly nodeEnvironment: 'production' | 'development' | 'test'
  readonly host: string
  readonly port: number
  /** Where people and machines reach this deployment, without a trailing slash. */
  readonly publicUrl: string
  /** CIDR ranges of the proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed; nobody's by default. */
  readonly trustedProxies: readonly string[]
  /** Embedded database, lock, and the files that the server leaves for its operator. */
  readonly dataDirectory: string
  /** The first of `databaseUrls`; absent means the embedded database. */
  readonly databaseUrl: string | undefined
  /** PostgreSQL servers of one cluster, of which one is the primary; empty means the embedded database. */
  readonly databaseUrls: readonly string[]
  readonly masterKeyFile: string | undefined
  readonly masterKey: string | undefined
  /** Where the embedded default keeps its master key: outside the data directory. */
  readonly configDirectory: string
  /** Given at first start and fixed then; undefined afterwards means whatever is stored. */
  readonly trustDomain: string | undefined
  readonly retentionDays: number
  /** A decision that comes back later than this is answered as a denial, in milliseconds. */
  readonly decisionDeadlineMs: number
  /** Where Prometheus may scrape; null serves no metrics. */
  readonly metrics: { readonly host: string; readonly port: number } | null
  /** A listener with TLS for gateways that prove themselves by a client certificate; absent means none. */
  readonly gatewayTls: { readonly port: number; readonly certificateFile: string; readonly keyFile: string } | undefined
  /** The same for gateways that ask in Envoy's ways: Envoy waits for 200 ms unless it is told otherwise. */
  readonly envoyDeadlineMs: number
  /** Port of Envoy's gRPC external authorization, on `host`; absent means that nobody listens. */
  readonly grpcPort: number | undefined
  /** An OpenTelemetry collector, which gets spans over HTTP; null sends none. */
  readonly traceCollector: { readonly endpoint: string; readonly ratio: number } | null
  /** Sockets over which a gateway asks without a key. */
  readonly gatewaySockets: readonly GatewaySocket[]
  readonly logLevel: 'silent' | 'error' | 'warn' | 'info' | 'debug'
}

/** SPIFFE ID, section 2.1. */
export const trustDomainPattern = /^[a-z0-9._-]{1,255}$/

/** Whoever can open the socket at `path` is that gateway. */
export interface GatewaySocket {
  readonly gatewayUuid: string
  readonly path: string
}

const loopbackHosts = new Set(['127.0.0.1', 'localhost', '::1'])

/**
 * Reads the settings from an environment.
 * Returns all errors at once, each naming the variable and what it takes, never its value (it may be a secret).
 */
export function readSettings(
  environment: Readonly<Record<string, string | undefined>>,
): { outcome: 'read'; settings: Settings } | { outcome: 'refused'; errors: string[] } {
  const errors: string[] = []
  const text = (name: string) => environment[name] || undefined
  const integer = (name: string, fallback: number, low: number, high: number) => {
    const raw = text(name)
    if (raw === undefined) return fallback
    const value = /^\d{1,9}$/.test(raw) ? Number(raw) : Number.NaN
    if (value >= low && value <= high) return value
    errors.push(`${name} takes a whole number from ${low} to ${high}.`)
    return fallback
  }
  const oneOf = <T extends string>(name: string, fallback: T, allowed: readonly T[]): T => {
    const raw = text(name)
    if (raw === undefined) return fallback
    const found = allowed.find((value) => value === raw)
    if (found === undefined) errors.push(`${name} takes one of ${allowed.join(', ')}.`)
    return found ?? fallback
  }

  const host = text('HOST') ?? '127.0.0.1'
  const port = integer('PORT', 3000, 0, 65535)
  const publicUrl = text('COUNTERSIGN_PUBLIC_URL') ?? `http://localhost:${port}`
  if (!/^https?:\/\/[a-z0-9.\-[\]:]+$/.test(publicUrl)) {
    errors.push(
      'COUNTERSIGN_PUBLIC_URL takes http:// or https:// and a lower-case host with an optional port, and no path.',
    )
  }
  if (!loopbackHosts.has(host) && text('COUNTERSIGN_PUBLIC_URL') === undefined) {
    errors.push('COUNTERSIGN_PUBLIC_URL is needed when HOST is not loopback: it is what machines are told to call.')
  }
  if (port === 0 && text('COUNTERSIGN_PUBLIC_URL') === undefined) {
    errors.push('COUNTERSIGN_PUBLIC_URL is needed with PORT=0: which port that becomes is not known before it listens.')
  }
  const grpcPort = text('COUNTERSIGN_GRPC_PORT') && integer('COUNTERSIGN_GRPC_PORT', 0, 1, 65535)
  if (grpcPort === port) errors.push('COUNTERSIGN_GRPC_PORT takes another port than PORT.')
  const databaseUrls = readDatabaseUrls(text, errors)
  const [databaseUrl] = databaseUrls
  if (text('COUNTERSIGN_MASTER_KEY') && text('COUNTERSIGN_MASTER_KEY_FILE')) {
    errors.push('COUNTERSIGN_MASTER_KEY and COUNTERSIGN_MASTER_KEY_FILE exclude each other; prefer the file.')
  }
  if (databaseUrl !== undefined && !text('COUNTERSIGN_MASTER_KEY') && !text('COUNTERSIGN_MASTER_KEY_FILE')) {
    errors.push(
      'COUNTERSIGN_MASTER_KEY_FILE is needed with a PostgreSQL server, the same on every node: 32 random bytes in base64url, ' +
        'mode 0600, kept apart from the database. Make one with: node bin/admin.mjs master-key create FILE',
    )
  }
  const role = oneOf('COUNTERSIGN_ROLE', 'all', ['all', 'verification', 'console'])
  if (role !== 'all' && databaseUrl === undefined) {
    errors.push(
      `COUNTERSIGN_ROLE=${role} needs a PostgreSQL server (DATABASE_URL): an embedded database belongs to one process, which has to do everything.`,
    )
  }
  const processes = integer('COUNTERSIGN_PROCESSES', 1, 1, 64)
  if (processes > 1 && role !== 'verification') {
    errors.push('COUNTERSIGN_PROCESSES above 1 is for nodes that only verify: COUNTERSIGN_ROLE=verification.')
  }
  const trustDomain = text('COUNTERSIGN_TRUST_DOMAIN')
  if (trustDomain !== undefined && !trustDomainPattern.test(trustDomain)) {
    errors.push(
      'COUNTERSIGN_TRUST_DOMAIN takes up to 255 of a-z, 0-9, dot, dash and underscore (SPIFFE ID, section 2.1).',
    )
  }
  const trustedProxies = (text('COUNTERSIGN_TRUSTED_PROXIES') ?? '').split(',').flatMap((part) => part.trim() || [])
  // A range of everybody would believe whoever calls (threats.md, 37).
  if (!trustedProxies.every((range) => ipaddr.isValidCIDR(range) && ipaddr.parseCIDR(range)[1] > 0)) {
    errors.push(
      'COUNTERSIGN_TRUSTED_PROXIES takes CIDR ranges with commas between them, such as 127.0.0.1/32,10.0.0.0/8.',
    )
  }
  const gatewayTlsPort = text('COUNTERSIGN_GATEWAY_TLS_PORT')
  const gatewayCertificate = text('COUNTERSIGN_GATEWAY_TLS_CERTIFICATE_FILE')
  const gatewayKey = text('COUNTERSIGN_GATEWAY_TLS_KEY_FILE')
  const gatewayTls =
    gatewayTlsPort !== undefined && gatewayCertificate !== undefined && gatewayKey !== undefined
      ? {
          port: integer('COUNTERSIGN_GATEWAY_TLS_PORT', 3443, 0, 65535),
          certificateFile: gatewayCertificate,
          keyFile: gatewayKey,
        }
      : undefined
  if (!gatewayTls && (gatewayTlsPort ?? gatewayCertificate ?? gatewayKey) !== undefined) {
    errors.push(
      'COUNTERSIGN_GATEWAY_TLS_PORT, COUNTERSIGN_GATEWAY_TLS_CERTIFICATE_FILE and COUNTERSIGN_GATEWAY_TLS_KEY_FILE go ' +
        'together: all three, or none.',
    )
  }
  if (gatewayTls && role === 'console') {
    errors.push('COUNTERSIGN_GATEWAY_TLS_PORT has no meaning with COUNTERSIGN_ROLE=console: it decides nothing.')
  }
  const gatewaySockets = readGatewaySockets(text('COUNTERSIGN_GATEWAY_SOCKETS'))
  if (gatewaySockets === null) {
    errors.push(
      'COUNTERSIGN_GATEWAY_SOCKETS takes gw_…=/whole/path pairs with commas between them, ' +
        'each path once and shorter than 100 bytes.',
    )
  }
  if (role === 'console' && text('COUNTERSIGN_GATEWAY_SOCKETS') !== undefined) {
    errors.push('COUNTERSIGN_GATEWAY_SOCKETS is for nodes that decide: COUNTERSIGN_ROLE=console does not.')
  }
  const configHome = text('XDG_CONFIG_HOME') ?? path.join(homedir(), '.config')

  const metricsPort =
    text('COUNTERSIGN_METRICS_PORT') === undefined ? null : integer('COUNTERSIGN_METRICS_PORT', 0, 0, 65535)
  const metricsHost = text('COUNTERSIGN_METRICS_HOST')
  if (metricsHost !== undefined && metricsPort === null) {
    errors.push('COUNTERSIGN_METRICS_PORT is needed with COUNTERSIGN_METRICS_HOST; without it no metrics are served.')
  }

  const endpoint = text('OTEL_EXPORTER_OTLP_ENDPOINT')
  if (endpoint !== undefined && !/^https?:\/\/[a-z0-9.\-[\]:]+(?:\/[\w./-]*)?$/i.test(endpoint)) {
    errors.push('OTEL_EXPORTER_OTLP_ENDPOINT takes http:// or https://, a host, and no name or password.')
  }
  const share = text('OTEL_TRACES_SAMPLER_ARG') ?? '1'
  const ratio = /^(?:0|1|0?\.\d{1,6}|1\.0+)$/.test(share) ? Number(share) : Number.NaN
  if (!(ratio >= 0 && ratio <= 1)) errors.push('OTEL_TRACES_SAMPLER_ARG takes a share from 0 to 1, such as 0.01.')

  const settings: Settings = {
    role,
    processes,
    nodeEnvironment: oneOf('NODE_ENV', 'production', ['production', 'development', 'test']),
    host,
    port,
    publicUrl,
    trustedProxies,
    dataDirectory: path.resolve(text('COUNTERSIGN_DATA_DIR') ?? '.countersign'),
    databaseUrl,
    databaseUrls,
    masterKeyFile: text('COUNTERSIGN_MASTER_KEY_FILE'),
    masterKey: text('COUNTERSIGN_MASTER_KEY'),
    configDirectory: path.join(configHome, 'countersign'),
    trustDomain,
    retentionDays: integer('COUNTERSIGN_RETENTION_DAYS', 90, 1, 3650),
    // A process that also renders pages is held up by them now and then; one that only decides has no excuse.
    decisionDeadlineMs: integer('COUNTERSIGN_DECISION_DEADLINE_MS', role === 'verification' ? 150 : 1000, 50, 5000),
    metrics: metricsPort === null ? null : { host: metricsHost ?? '127.0.0.1', port: metricsPort },
    gatewayTls,
    envoyDeadlineMs: integer('COUNTERSIGN_ENVOY_DEADLINE_MS', 150, 50, 5000),
    grpcPort: grpcPort || undefined,
    traceCollector: endpoint === undefined ? null : { endpoint, ratio },
    gatewaySockets: gatewaySockets ?? [],
    logLevel: oneOf('LOG_LEVEL', 'info', ['silent', 'error', 'warn', 'info', 'debug']),
  }
  return errors.length > 0 ? { outcome: 'refused', errors } : { outcome: 'read', settings }
}

const mostDatabaseUrls = 8

/** One server by DATABASE_URL, or those of one cluster by COUNTERSIGN_DATABASE_URLS: the driver knows no multi-host URL. */
function readDatabaseUrls(text: (name: string) => string | undefined, errors: string[]): string[] {
  const isUrl = (value: string) => /^postgres(ql)?:\/\//.test(value) && URL.canParse(value)
  const [one, list] = [text('DATABASE_URL'), text('COUNTERSIGN_DATABASE_URLS')]
  if (one !== undefined && list !== undefined) {
    errors.push(
      'DATABASE_URL and COUNTERSIGN_DATABASE_URLS exclude each other; the list is for several servers of one cluster.',
    )
  }
  if (one !== undefined && !isUrl(one)) {
    errors.push('DATABASE_URL takes postgresql://…; leave it away for the embedded database.')
  }
  if (list === undefined) return one === undefined ? [] : [one]
  const urls = list.split(/[\s,]+/).filter((url) => url !== '')
  if (urls.length === 0 || urls.length > mostDatabaseUrls || !urls.every(isUrl) || new Set(urls).size < urls.length) {
    errors.push(
      `COUNTERSIGN_DATABASE_URLS takes 1 to ${mostDatabaseUrls} different postgresql://… with commas between them; ` +
        'a comma inside a password is written %2C.',
    )
  }
  return urls
}

/** Null for anything that is not a list of gateways and their sockets. */
function readGatewaySockets(text = ''): GatewaySocket[] | null {
  const sockets: GatewaySocket[] = []
  for (const part of text.split(',')) {
    const pair = part.trim()
    if (pair === '') continue
    const [id = '', socketPath = '', ...rest] = pair.split('=')
    const gatewayUuid = parseId('gw', id)
    const isTaken = sockets.some((other) => other.path === socketPath)
    if (gatewayUuid === null || rest.length > 0 || isTaken || !isSocketPath(socketPath)) return null
    sockets.push({ gatewayUuid, path: socketPath })
  }
  return sockets
}

function isSocketPath(text: string): boolean {
  try {
    assertSocketPathFits(text)
    return path.isAbsolute(text) && path.normalize(text) === text
  } catch {
    return false
  }
}
