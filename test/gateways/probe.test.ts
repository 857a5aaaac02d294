import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { createServer as createTcpServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { gatewayConfigurations } from '@/lib/domain/gateway/configuration/gateway-configuration'
import type { AuditEvent } from '@/lib/contract/audit-events'
import type { Problem } from '@/lib/contract/problem'
import type { ServiceProbe } from '@/lib/contract/service-probes'
import { createTestPlace, type TestPlace } from '../setup/open-test-dependencies'
import { prepareService, type PreparedService } from '../setup/prepare-service'
import type { RunningServer } from '../setup/start-server'
import { freePort } from '../setup/free-port'
import { gatewayKinds, profileOf, startGateway, type GatewayKind, type GatewayPlace } from './gateway-kinds'
import { listenOnLoopback } from './listen-on-loopback'
import { startProtectedBackend, type ProtectedBackend } from './protected-backend'
import { formatRequest, sendRaw } from './raw-http'
import { createGateways, startGatewayServer, type GatewayServer } from './start-gateway-server'

/** The probe of a service, with real gateways, which run what the console shows for them. */
let place: TestPlace
let gatewayServer: GatewayServer
let server: RunningServer
let service: PreparedService
let backend: ProtectedBackend
let database: Client
let keys: ReadonlyMap<GatewayKind, string>
const cleanups: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  place = await createTestPlace('postgresql')
  gatewayServer = await startGatewayServer(place)
  server = gatewayServer.server
  service = await prepareService(server, { slug: 'orders' })
  backend = await startProtectedBackend({
    service: 'orders',
    jwksUrl: `${server.url}/.well-known/jwks.json`,
    issuer: `http://localhost:${server.port}`,
  })
  keys = await createGateways(gatewayServer, service)
  database = new Client({ connectionString: place.environment.DATABASE_URL })
  await database.connect()
  // Lets this connection make audit events older, which triggers forbid everybody else.
  await database.query(`SET session_replication_role = replica`)
})
beforeEach(async () => {
  // The allowance of this minute, for each test its own.
  await database.query(`UPDATE "audit_event" SET "at" = "at" - interval '1 hour' WHERE "action" = 'service.probe'`)
  await set({ mode: 'enforce' })
  backend.forget()
})
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})
afterAll(async () => {
  await backend?.close()
  await database?.end()
  await server?.stop()
  await gatewayServer?.removeFiles()
  await place?.remove()
})

const set = (settings: object) => server.api('PATCH', '/services/orders', settings)

async function probe(authority: string, body: object = {}): Promise<ServiceProbe> {
  expect((await set({ authorities: [{ authority, pathPrefix: '/v1' }] })).status).toBe(200)
  const answer = await server.api<ServiceProbe>('POST', '/services/orders/probe', body)
  expect([answer.status, answer.body]).toMatchObject([200, { authority }])
  return answer.body
}

/** A gateway of a kind, with the console's own configuration for its address. */
async function startFromConsole(kind: GatewayKind, changes: Partial<GatewayPlace> & { slug?: string } = {}) {
  const port = changes.port ?? (await freePort())
  const {
    slug = 'orders',
    serverPort = server.port,
    host = `127.0.0.1:${port}`,
    gatewayKey = keys.get(kind) ?? '',
  } = changes
  const files = gatewayConfigurations[profileOf[kind]]({
    ...{ slug, gatewayKey, authorities: [host] as const },
    serverUrl: `http://127.0.0.1:${serverPort}`,
    backend: `127.0.0.1:${backend.port}`,
  })
  const gateway = await startGateway[kind]({
    ...{ ...gatewayServer.listeners, slug, serverPort, host, gatewayKey, port, backendPort: backend.port },
    files: Object.fromEntries(files.map(({ name, content }) => [name, content])),
  })
  cleanups.push(() => gateway.stop())
  return `127.0.0.1:${port}`
}

async function listen(listening: Server): Promise<string> {
  const { port, close } = await listenOnLoopback(listening)
  cleanups.push(close)
  return `127.0.0.1:${port}`
}

const serve = (answer: (request: IncomingMessage, response: ServerResponse) => void) => listen(createHttpServer(answer))

test.each(gatewayKinds)('behind %s a service is protected: its gateway asked, and was told no', async (kind) => {
  const authority = await startFromConsole(kind)
  // Of the same network and the same kind: the probe's record must not be folded into that of this one.
  await sendRaw(Number(authority.split(':')[1]), formatRequest({ target: '/v1/x', host: authority }))
  const found = await probe(authority)
  expect(found).toMatchObject({ outcome: 'protected', finding: 'denied', status: 401, code: 'credential_missing' })
  expect(found.gateway?.name).toBe(`orders-${kind}`)
  expect(found.path).toMatch(/^\/v1\/countersign-probe-/)
  expect(found.tookMs).toBeGreaterThan(0)
  expect(backend.arrived).toEqual([])
  const decision = await server.api('GET', `/decisions/${found.decisionId ?? ''}`)
  expect(decision.body).toMatchObject({ path: found.path, count: 1, code: 'credential_missing' })
})

test('a service that observes is said to be observed, not protected', async () => {
  const authority = await startFromConsole('gate')
  await set({ mode: 'observe' })
  expect(await probe(authority)).toMatchObject({ outcome: 'observed', finding: 'observed', code: 'credential_missing' })
  expect(backend.arrived).toHaveLength(1)
})

test('a backend without a gateway is open, and nothing of its answer comes back but the status', async () => {
  const seen: IncomingMessage[] = []
  const authority = await serve((request, response) => {
    seen.push(request)
    response.writeHead(200, { 'set-cookie': 'hush=1', 'x-hush': 'hush' }).end('hush'.repeat(100_000))
  })
  const found = await probe(authority)
  expect(found).toMatchObject({ outcome: 'open', finding: 'not_asked', status: 200, gateway: null, decisionId: null })
  expect(JSON.stringify(found)).not.toContain('hush')
  expect(seen.map(({ method, url }) => [method, url])).toEqual([['GET', found.path]])
  expect(Object.keys(seen[0]?.headers ?? {}).sort()).toEqual(['accept', 'connection', 'host', 'user-agent'])
})

test('a gateway that asks and does not heed the answer is open', async () => {
  const authority = await serve((request, response) => {
    void fetch(`${server.url}/api/v1/authz/nginx/orders`, {
      headers: {
        'x-original-method': 'GET',
        'x-original-uri': request.url ?? '',
        'x-original-host': request.headers.host ?? '',
        'countersign-gateway-key': service.gatewayKey,
      },
    }).then(() => response.end('here you are'))
  })
  expect(await probe(authority)).toMatchObject({ outcome: 'open', finding: 'not_heeded', status: 200 })
})

test('a refusal in our words proves nothing while nobody asked', async () => {
  const found = await probe(`127.0.0.1:${backend.port}`)
  expect(found).toMatchObject({ outcome: 'misconfigured', finding: 'refused_unasked', status: 401, decisionId: null })
})

test('a redirect is not followed', async () => {
  let wasFollowed = false
  const elsewhere = await serve((_request, response) => {
    wasFollowed = true
    response.end()
  })
  const authority = await serve((_request, response) =>
    response.writeHead(302, { location: `http://${elsewhere}/` }).end(),
  )
  expect(await probe(authority)).toMatchObject({ outcome: 'misconfigured', finding: 'redirected', status: 302 })
  expect(wasFollowed).toBe(false)
})

test('a gateway with another key, another slug or another service is misconfigured, and said how', async () => {
  const wrongKey = await startFromConsole('gate', { gatewayKey: `csg_${'A'.repeat(43)}` })
  expect(await probe(wrongKey)).toMatchObject({ outcome: 'misconfigured', finding: 'gateway_unknown', status: 403 })
  const wrongSlug = await startFromConsole('nginx', { slug: 'oders' })
  expect(await probe(wrongSlug)).toMatchObject({ outcome: 'misconfigured', finding: 'service_unknown', status: 403 })
  const other = await prepareService(server, { slug: 'payments', authority: 'payments.example' })
  const asksOther = await startFromConsole('nginx', { slug: 'payments', gatewayKey: other.gatewayKey })
  expect(await probe(asksOther)).toMatchObject({ outcome: 'misconfigured', finding: 'another_service' })
})

test('a gateway that gets no decision, or does not know the host, is misconfigured', async () => {
  const lonely = await startFromConsole('nginx', { serverPort: await freePort() })
  expect(await probe(lonely)).toMatchObject({ outcome: 'misconfigured', finding: 'gateway_cannot_ask', status: 403 })
  const port = await freePort()
  await startFromConsole('nginx', { port, host: `orders.example:${port}` })
  expect(await probe(`127.0.0.1:${port}`)).toMatchObject({ outcome: 'misconfigured', finding: 'host_not_served' })
})

test('what cannot be reached is told apart', async () => {
  const closed = `127.0.0.1:${await freePort()}`
  expect(await probe(closed)).toMatchObject({ outcome: 'unreachable', finding: 'connection_refused', status: null })
  const ssh = await listen(createTcpServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n')))
  expect((await probe(ssh)).finding).toBe('not_http')
  expect((await probe(ssh, { scheme: 'https' })).finding).toBe('tls_failed')
  const rude = await listen(createTcpServer((socket) => socket.end()))
  expect((await probe(rude)).finding).toBe('connection_lost')
  expect((await probe('no-such-host.invalid')).finding).toBe('name_not_found')
  for (const address of ['169.254.169.254', '[fe80::1]', '0.0.0.0', '224.0.0.1', '[fd00:ec2::254]']) {
    expect([address, (await probe(address, { scheme: 'http' })).finding]).toEqual([address, 'address_refused'])
  }
})

test('a gateway that hangs is waited for five seconds', async () => {
  const found = await probe(await listen(createTcpServer(() => undefined)))
  expect(found).toMatchObject({ outcome: 'unreachable', finding: 'timed_out' })
  expect(found.tookMs).toBeLessThan(7_000)
})

test('a certificate that nobody vouches for is not believed', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'countersign-tls-'))
  cleanups.push(() => rm(folder, { recursive: true, force: true }))
  const [key, cert] = [path.join(folder, 'key.pem'), path.join(folder, 'cert.pem')]
  const subject = ['-nodes', '-days', '1', '-subj', '/CN=localhost', '-keyout', key, '-out', cert]
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', ...subject], {
    stdio: 'ignore',
  })
  const tls = createHttpsServer({ key: await readFile(key), cert: await readFile(cert) }, (_request, response) =>
    response.end(),
  )
  const found = await probe(await listen(tls), { scheme: 'https' })
  expect(found).toMatchObject({ outcome: 'unreachable', finding: 'certificate_not_trusted', scheme: 'https' })
})

test('only the service’s own authorities are probed, each probe is audited, and twelve go in a minute', async () => {
  const authority = `127.0.0.1:${await freePort()}`
  const found = await probe(authority)
  const foreign = await server.api<Problem>('POST', '/services/orders/probe', { authority: '127.0.0.1:22' })
  expect([foreign.status, foreign.body.fields?.[0]?.path]).toEqual([400, 'body.authority'])
  const events = await server.api<{ items: AuditEvent[] }>('GET', '/audit-events?action=service.probe&limit=1')
  expect(events.body.items[0]).toMatchObject({
    actor: { type: 'local_administrator' },
    target: { id: service.serviceId, name: 'orders' },
    detail: { authority, scheme: 'http', path: found.path },
  })
  const statuses = await Promise.all(
    Array.from({ length: 14 }, async () => (await server.api('POST', '/services/orders/probe', {})).status),
  )
  expect(statuses.filter((status) => status === 200)).toHaveLength(11)
  expect(statuses.filter((status) => status === 429)).toHaveLength(3)
})

test('a service that is retired, or has no authority, is not probed', async () => {
  await set({ authorities: [] })
  expect((await server.api('POST', '/services/orders/probe', {})).status).toBe(409)
  await server.api('POST', '/services', { slug: 'old', authorities: [{ authority: 'old.example' }] })
  await server.api('PATCH', '/services/old', { state: 'retired' })
  expect((await server.api('POST', '/services/old/probe', {})).status).toBe(409)
  expect((await server.api('POST', '/services/none/probe', {})).status).toBe(404)
})
