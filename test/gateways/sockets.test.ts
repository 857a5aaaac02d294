import { execFile } from 'node:child_process'
import { chmod, chown, lstat, mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { createServer, request as httpRequest } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readSettings } from '@/lib/server/settings'
import { requireCountersign } from '@/middleware'
import { createTestPlace, type TestPlace } from '../setup/open-test-dependencies'
import { prepareService, type PreparedService } from '../setup/prepare-service'
import { startServer, type RunningServer } from '../setup/start-server'
import type { TestMachine } from '../setup/test-machine'
import { freePort } from '../setup/free-port'
import { startProtectedBackend, type ProtectedBackend } from './protected-backend'
import { startGatewayProcess } from './gateway-process'
import { formatRequest, sendRaw } from './raw-http'
import { readRecipe } from './read-recipe'
import { startNginx } from './start-nginx'

/** Gateways that say by their socket who they are: docs/operate/unix-sockets.md. */
const host = 'orders.example'
const target = '/v1/orders'
const execute = promisify(execFile)
const program = path.resolve(import.meta.dirname, '../../dist/countersign.mjs')

let place: TestPlace
let server: RunningServer
let service: PreparedService
let machine: TestMachine
let backend: ProtectedBackend
let folder: string
const gateways = ['nginx', 'gate', 'library'] as const
type Profile = (typeof gateways)[number]
const socketOf = (profile: Profile) => path.join(folder, profile, 'countersign.sock')
let environment: Record<string, string>

beforeAll(async () => {
  place = await createTestPlace('embedded')
  folder = await mkdtemp(path.join(tmpdir(), 'cs-'))
  await chmod(folder, 0o755)
  const first = await startServer(place)
  service = await prepareService(first, { slug: 'orders', authority: host })
  await prepareService(first, { slug: 'other', authority: 'other.example' })
  const ids: Record<string, string> = { nginx: service.gatewayId }
  for (const profile of ['gate', 'library']) {
    const made = await first.api<{ id: string }>('POST', '/gateways', {
      name: `orders-${profile}`,
      profile,
      services: ['orders'],
    })
    ids[profile] = made.body.id
  }
  machine = await service.enroll()
  await first.stop()
  for (const profile of gateways) await mkdir(path.dirname(socketOf(profile)))
  // Under the set-group-ID bit what is made in a directory belongs to its group.
  if (process.getuid?.() === 0) await chown(path.dirname(socketOf('nginx')), 0, 65534)
  await chmod(path.dirname(socketOf('nginx')), 0o2755)
  environment = {
    COUNTERSIGN_GATEWAY_SOCKETS: gateways.map((profile) => `${ids[profile]}=${socketOf(profile)}`).join(','),
  }
  server = await startServer(place, { environment, port: first.port })
  backend = await startProtectedBackend({
    service: 'orders',
    jwksUrl: `${server.url}/.well-known/jwks.json`,
    issuer: `http://localhost:${server.port}`,
  })
})
afterAll(async () => {
  await backend?.close()
  await server?.stop()
  await place?.remove()
  if (folder) await rm(folder, { recursive: true, force: true })
})

const signedLines = () => machine.sign({ target, authority: host }).map(([name, value]) => `${name}: ${value}`)

/** One request over a socket. */
function call(
  profile: Profile,
  requestPath: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<{ status: number; code: string | undefined }> {
  const { method = 'GET', headers = {}, body } = options
  return new Promise((resolve, reject) => {
    const request = httpRequest({ socketPath: socketOf(profile), path: requestPath, method, headers }, (response) => {
      let text = ''
      response.on('data', (part: Buffer) => (text += part.toString()))
      response.on('end', () => {
        const code = text === '' ? undefined : (JSON.parse(text) as { code?: string }).code
        resolve({ status: response.statusCode ?? 0, code })
      })
    })
    request.once('error', reject)
    request.end(body)
  })
}

/** nginx's question about a countersigned request of its own. */
const question = () => ({
  ...Object.fromEntries(machine.sign({ target, authority: host })),
  'X-Original-Method': 'GET',
  'X-Original-URI': target,
  'X-Original-Host': host,
})

test('nginx asks over its socket, as the guide says, without a key', async () => {
  const replaced = [['/run/countersign/edge/countersign.sock', socketOf('nginx')]] as const
  const { 'upstream.conf': upstream } = await readRecipe('../operate/unix-sockets.md', ['upstream.conf'], replaced)
  // The guide's own line; what stood there is a comment behind it.
  const ours = upstream.slice(0, upstream.indexOf(';') + 1)
  const nginx = await startNginx({
    serverPort: server.port,
    backendPort: backend.port,
    // What stays of the key's file: a client's own never goes on.
    gatewayKey: '',
    slug: 'orders',
    host,
    edit: [['upstream countersign_orders {\n    server ', `${ours} # `]],
  })
  try {
    backend.forget()
    const refused = await sendRaw(nginx.port, formatRequest({ target, host }))
    expect([refused.status, refused.code]).toEqual([401, 'credential_missing'])
    const lines = signedLines()
    expect((await sendRaw(nginx.port, formatRequest({ target, host, lines }))).status).toBe(200)
    const again = await sendRaw(nginx.port, formatRequest({ target, host, lines }))
    expect([again.status, again.code]).toEqual([401, 'credential_replayed'])
    expect(backend.served).toHaveLength(1)
  } finally {
    await nginx.stop()
  }
})

test('the gate and the library ask over theirs', async () => {
  const port = await freePort()
  const options = ['--listen', `127.0.0.1:${port}`, '--upstream', `http://127.0.0.1:${backend.port}`]
  const gate = await startGatewayProcess(
    process.execPath,
    [program, 'gate', '--server', `unix:${socketOf('gate')}`, '--service', 'orders', ...options],
    { port, cwd: folder, environment: { HOME: folder }, cleanUp: () => Promise.resolve() },
  )
  const guard = requireCountersign({ service: 'orders', server: `unix:${socketOf('library')}`, deadlineMs: 5_000 })
  const app = createServer((req, res) => guard(req, res, () => void res.end('served')))
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve))
  const ports = [(app.address() as AddressInfo).port, gate.port]
  try {
    for (const port of ports) {
      expect((await sendRaw(port, formatRequest({ target, host }))).code).toBe('credential_missing')
      expect((await sendRaw(port, formatRequest({ target, host, lines: signedLines() }))).status).toBe(200)
    }
  } finally {
    await gate.stop()
    await new Promise((resolve) => app.close(resolve))
  }
})

test('a socket is one gateway: not another’s endpoint, not another’s service, whatever key comes with it', async () => {
  expect(await call('nginx', '/api/v1/authz/nginx/orders', { headers: question() })).toMatchObject({ status: 200 })
  const key = { 'Countersign-Gateway-Key': service.gatewayKey }
  const other = { ...question(), ...key }
  expect(await call('library', '/api/v1/authz/nginx/orders', { headers: other })).toMatchObject({
    status: 403,
    code: 'gateway_unknown',
  })
  expect(await call('nginx', '/api/v1/authz/nginx/other', { headers: question() })).toMatchObject({
    status: 403,
    code: 'gateway_unknown',
  })
})

test('nothing but verification is answered on it: no console, no API, no enrolment, no health', async () => {
  const token = (await readFile(path.join(place.dataDirectory, 'admin-token'), 'utf8')).trim()
  const headers = { Authorization: `Bearer ${token}`, Host: `localhost:${server.port}` }
  for (const target of [
    '/',
    '/sign-in',
    '/set-up/x',
    '/_next/static/x',
    '/api/auth/session',
    '/api/v1/machines',
    '/api/v1/whoami',
    '/api/v1/enrollments',
    '/api/v1/enrollments/parameters',
    '/api/v1/verify/../machines',
    '/healthz',
    '/readyz',
    '/agent.mjs',
    '/.well-known/jwks.json',
  ]) {
    for (const method of ['GET', 'POST']) {
      const answer = await call('nginx', target, { method, headers, ...(method === 'POST' && { body: '{}' }) })
      expect([target, method, answer]).toEqual([target, method, { status: 404, code: 'not_found' }])
    }
  }
  const tunnel = connect(socketOf('nginx'))
  let text = ''
  tunnel.on('data', (part: Buffer) => (text += part.toString()))
  tunnel.write(`CONNECT 127.0.0.1:${server.port} HTTP/1.1\r\nHost: x\r\n\r\n`)
  await new Promise((resolve) => tunnel.once('close', resolve))
  expect(text).toMatch(/^HTTP\/1\.1 401 /)
})

test('who may open it, its group says: other accounts of the machine cannot', async () => {
  for (const profile of gateways) expect((await stat(socketOf(profile))).mode & 0o777).toBe(0o660)
  // Only root can become another account to try; elsewhere the mode has to be enough.
  if (process.getuid?.() !== 0) return
  expect((await stat(socketOf('nginx'))).gid).toBe(65534)
  const tryAs = async (uid: number, gid: number) => {
    const script = `require('net').connect(${JSON.stringify(socketOf('nginx'))}).on('error', (e) => console.log(e.code)).on('connect', function () { console.log('open'); this.destroy() })`
    return (await execute(process.execPath, ['-e', script], { uid, gid, cwd: '/' })).stdout.trim()
  }
  expect(await tryAs(54_321, 54_321)).toBe('EACCES')
  expect(await tryAs(54_321, 65_534)).toBe('open')
})

test('a setting that could not work is named at once', () => {
  const id = service.gatewayId
  const errorsOf = (value: string, others: Record<string, string> = {}) => {
    const read = readSettings({ COUNTERSIGN_GATEWAY_SOCKETS: value, ...others })
    return read.outcome === 'refused' ? read.errors.join(' ') : 'none'
  }
  expect(errorsOf(`${id}=/run/a.sock, ${id}=/run/b.sock`)).toBe('none')
  for (const bad of [
    'edge=/run/a.sock',
    'gw_01jzzzzzzzzzzzzzzzzzzzzzzz=/run/a.sock',
    `${id}=a.sock`,
    `${id}=/run/../a.sock`,
    `${id}=/${'a'.repeat(99)}`,
    `${id}=/run/a.sock,${id}=/run/a.sock`,
    id,
  ]) {
    expect([bad, errorsOf(bad)]).toEqual([bad, expect.stringContaining('COUNTERSIGN_GATEWAY_SOCKETS takes')])
  }
  const console = { COUNTERSIGN_ROLE: 'console', DATABASE_URL: 'postgresql://x', COUNTERSIGN_MASTER_KEY: 'x' }
  expect(errorsOf(`${id}=/run/a.sock`, console)).toContain('COUNTERSIGN_ROLE=console')
})

test('a stop removes the sockets', async () => {
  expect(await server.stop()).toBe(0)
  for (const profile of gateways) await expect(lstat(socketOf(profile))).rejects.toThrow('ENOENT')
})
