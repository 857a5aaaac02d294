import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { startGateway, type GatewayKind, type GatewayPlace } from './gateway-kinds'
import { host, openGatewayWorld, type GatewayWorld } from './gateway-world'
import { readLoosely } from './protected-backend'
import { formatRequest, sendRaw } from './raw-http'
import { readRecipe, type Replacement } from './read-recipe'

/** What happens without a line of a recipe: that the line is what protects, and what the library still stops. */
let world: GatewayWorld
beforeAll(async () => {
  world = await openGatewayWorld({ kinds: [] })
})
beforeEach(() => world.backend.forget())
afterAll(() => world?.close())

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function start(kind: GatewayKind, changes: Partial<GatewayPlace>): Promise<number> {
  const gateway = await startGateway[kind]({ ...world.place(kind), ...changes })
  cleanups.push(() => gateway.stop())
  return gateway.port
}

/** Something that says yes to whatever it is asked, and is not Countersign. */
async function startYesSayer(): Promise<number> {
  const server = createServer((_request, response) => void response.writeHead(204).end())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(async () => {
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeAllConnections()
    await closed
  })
  return (server.address() as AddressInfo).port
}

const unsigned = formatRequest({ target: '/v1/orders', host })

test('nginx without the map over the answer: any 2xx opens it, and only the library refuses', async () => {
  const serverPort = await startYesSayer()
  const edit = [['proxy_pass http://$countersign_orders_upstream;', 'proxy_pass http://orders_backend;']] as const
  const answer = await sendRaw(await start('nginx', { serverPort, edit }), unsigned)
  expect([answer.status, world.backend.arrived.length, world.backend.served.length]).toEqual([401, 1, 0])
  world.backend.forget()
  expect((await sendRaw(await start('nginx', { serverPort }), unsigned)).code).toBe('unavailable')
  expect(world.backend.arrived).toEqual([])
})

test('Caddy without the look at the assertion: any 2xx opens it, and only the library refuses', async () => {
  const serverPort = await startYesSayer()
  const edit = [['error @undecided 403', '']] as const
  const answer = await sendRaw(await start('caddy', { serverPort, edit }), unsigned)
  expect([answer.status, world.backend.arrived.length, world.backend.served.length]).toEqual([401, 1, 0])
  world.backend.forget()
  expect((await sendRaw(await start('caddy', { serverPort }), unsigned)).code).toBe('unavailable')
  expect(world.backend.arrived).toEqual([])
})

test('Caddy without the rule for Connection: a client has the assertion dropped, and the library refuses', async () => {
  const port = await start('caddy', { edit: [['request_header @ordinary -Connection', '']] })
  const answer = await sendRaw(port, world.sign({ connection: 'close, Countersign-Assertion' }))
  expect([answer.status, answer.code]).toEqual([401, 'credential_missing'])
  expect(world.backend.arrived).toHaveLength(1)
  expect(world.backend.served).toEqual([])
})

test('nginx without an emptied header: the client’s reaches the backend', async () => {
  const port = await start('nginx', { edit: [['proxy_set_header X-Original-URL "";', '']] })
  await sendRaw(port, world.sign({ lines: ['X-Original-URL: /v1/admin'] }))
  expect(readLoosely(world.backend.arrived[0], 'x-original-url')).toEqual(['/v1/admin'])
})

test('HAProxy without the line after the script: a 204 opens it, and only the library refuses', async () => {
  const serverPort = await startYesSayer()
  const edit = [['unless { var(txn.countersign_assertion) -m found }', 'if FALSE']] as const
  const answer = await sendRaw(await start('haproxy', { serverPort, edit }), unsigned)
  expect([answer.status, world.backend.arrived.length, world.backend.served.length]).toEqual([401, 1, 0])
  world.backend.forget()
  expect((await sendRaw(await start('haproxy', { serverPort }), unsigned)).code).toBe('unavailable')
  expect(world.backend.arrived).toEqual([])
})

test('HAProxy with a script that breaks: nothing gets through', async () => {
  const port = await start('haproxy', { edit: [['headers = describe_request(txn),', 'headers = nobody_made_this(),']] })
  const answer = await sendRaw(port, world.sign())
  expect([answer.status, answer.code]).toEqual([403, 'unavailable'])
  expect(world.backend.arrived).toEqual([])
})

test('HAProxy without the rules that delete headers: the client’s reach the backend', async () => {
  const port = await start('haproxy', {
    edit: [
      ['http-request del-header [^a-zA-Z0-9-] -m reg', ''],
      ['http-request del-header x-original -m beg', ''],
    ],
  })
  await sendRaw(port, world.sign({ lines: ['X-Original-URL: /v1/admin', 'X_Real_IP: 203.0.113.9'] }))
  expect(readLoosely(world.backend.arrived[0], 'x-original-url')).toEqual(['/v1/admin'])
  expect(readLoosely(world.backend.arrived[0], 'x-real-ip')).toEqual(['203.0.113.9'])
})

test('HAProxy with the guide’s lines for small bodies: what is not the signed body never arrives', async () => {
  const { 'body.cfg': lines } = await readRecipe('haproxy.md', ['body.cfg'], [])
  const pathLine = '    http-request set-uri %[pathq] unless { url -m beg / }\n'
  const port = await start('haproxy', { edit: [[pathLine, pathLine + lines]] })
  const changed = { method: 'POST', body: 'two lemons!', signed: { body: 'two oranges' } }
  const chunked = (bytes: string) =>
    bytes.replace('Content-Length: 11', 'Transfer-Encoding: chunked').replace(/(two .*)$/, 'b\r\n$1\r\n0\r\n\r\n')
  for (const bytes of [world.sign(changed), chunked(world.sign(changed))]) {
    expect((await sendRaw(port, bytes)).status).toBe(401)
  }
  expect((await sendRaw(port, world.sign({ method: 'POST', body: 'x'.repeat(40_000) }))).status).toBe(401)
  expect(world.backend.arrived).toEqual([])
  const right = { method: 'POST', body: 'two oranges' }
  for (const bytes of [
    world.sign(right),
    chunked(world.sign(right)),
    world.sign({ method: 'DELETE', body: '' }),
    world.sign(),
  ]) {
    expect((await sendRaw(port, bytes)).status).toBe(200)
  }
  expect(world.backend.served).toHaveLength(4)
})

test.each(['nginx', 'caddy', 'haproxy'] as const)(
  '%s: breaking the glass takes both changes, and leaves the library',
  async (kind) => {
    const [check, guard] = await breakingTheGlass[kind]()
    const half = await sendRaw(await start(kind, { edit: [check] }), unsigned)
    expect([half.status, half.code]).toEqual([403, 'unavailable'])
    expect(world.backend.arrived).toEqual([])
    const open = await sendRaw(await start(kind, { edit: [check, guard] }), unsigned)
    expect([open.status, open.code]).toEqual([401, 'credential_missing'])
    expect(world.backend.arrived).toHaveLength(1)
    expect(world.backend.served).toEqual([])
  },
)

/** The two changes that each guide names under "When Countersign is down". */
const breakingTheGlass: Record<'nginx' | 'caddy' | 'haproxy', () => Promise<readonly [Replacement, Replacement]>> = {
  nginx: () =>
    Promise.resolve([
      ['auth_request /.countersign-check;', ''],
      ['proxy_pass http://$countersign_orders_upstream;', 'proxy_pass http://orders_backend;'],
    ]),
  async caddy() {
    const { Caddyfile } = await readRecipe('caddy.md', ['Caddyfile'], [])
    const block = /\t\tforward_auth [^]*?\n\t\t\}\n/.exec(Caddyfile)?.[0] ?? 'no such block'
    return [
      [block.replace('authz/caddy/orders', `authz/caddy/${world.place('caddy').slug}`), ''],
      ['error @undecided 403', ''],
    ]
  },
  haproxy: () =>
    Promise.resolve([
      [`http-request lua.countersign ${world.place('haproxy').slug} `, '# '],
      ['unless { var(txn.countersign_assertion) -m found }', 'if FALSE'],
    ]),
}
