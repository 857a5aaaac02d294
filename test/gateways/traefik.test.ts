import { readFileSync } from 'node:fs'
import { createServer } from 'node:tls'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { buildTraefikQuestion, type ClientRequest } from './built-requests'
import { startGateway, type GatewayPlace } from './gateway-kinds'
import { host, openGatewayWorld, slug, type GatewayWorld, type SentThroughGateway } from './gateway-world'
import { listenOnLoopback } from './listen-on-loopback'
import { readLoosely } from './protected-backend'
import { formatRequest, sendRaw } from './raw-http'
import type { Replacement } from './read-recipe'

/** What is Traefik's own: the question that it asks, and what happens without a line of its guide. */
let world: GatewayWorld
beforeAll(async () => {
  world = await openGatewayWorld({ kinds: ['traefik'] })
})
beforeEach(() => world.backend.forget())
afterAll(() => world?.close())

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function start(changes: Partial<GatewayPlace>): Promise<number> {
  const gateway = await startGateway.traefik({ ...world.place('traefik'), ...changes })
  cleanups.push(() => gateway.stop())
  return gateway.port
}

const without = (...edit: readonly Replacement[]) => start({ edit })
const middleware = (name: string): Replacement => [`        - countersign-orders-${name}\n`, '']
const unsigned = formatRequest({ target: '/v1/orders', host })

/** A Traefik that asks somebody who writes down every byte and says no. */
async function listenIn(): Promise<{ port: number; asked: string[] }> {
  const { files } = world.place('traefik').gatewayTls!
  const asked: string[] = []
  const server = createServer(
    { cert: readFileSync(files.serverCertificate), key: readFileSync(files.serverKey) },
    (socket) => {
      let text = ''
      socket.setEncoding('latin1')
      socket.on('error', () => undefined)
      socket.on('data', (part: string) => {
        text += part
        const [head = '', rest] = text.split(/\r\n\r\n([^]*)/)
        const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0)
        const isWhole = /\r\ntransfer-encoding:/i.test(head) ? rest?.endsWith('0\r\n\r\n') : rest?.length === length
        if (isWhole !== true) return
        asked.push(text)
        socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
      })
    },
  )
  const { port, close } = await listenOnLoopback(server)
  cleanups.push(close)
  return { port: await start({ gatewayTls: { port, files } }), asked }
}

test.each<[string, Partial<ClientRequest>]>([
  ['without a body', {}],
  ['with a body', { method: 'POST', body: 'two oranges' }],
  ['with a body in chunks', { method: 'POST', body: 'two oranges', isChunked: true }],
  ['that would upgrade', { fields: [['Upgrade', 'websocket']] }],
])('asks about a request %s what the tests of its questions build', async (_name, changes) => {
  const { port, asked } = await listenIn()
  asked.length = 0
  const client: ClientRequest = { method: 'GET', target: '/v1/orders?a=%2F', host, fields: [], ...changes }
  const fields = [...client.fields, ['X-Note', 'twice'], ['X-Note', 'said'], ['Authorization', 'Bearer x']] as const
  const lines = fields.map(([name, value]) => `${name}: ${value}`)
  const sent = { ...client, lines, connection: 'close, Upgrade' }
  const bytes = client.isChunked
    ? `${formatRequest({ ...sent, body: undefined, lines: [...lines, 'Transfer-Encoding: chunked'] })}b\r\ntwo oranges\r\n0\r\n\r\n`
    : formatRequest(sent)
  expect((await sendRaw(port, bytes)).status).toBe(403)
  const described = (question: string) => {
    const [head = '', body] = question.split(/\r\n\r\n([^]*)/)
    const [requestLine, ...rest] = head.toLowerCase().split('\r\n')
    // Of the place and of the connection, not of the request.
    const own = /^(host|connection|user-agent|x-forwarded-(for|proto|port|server)|x-real-ip):/
    return { requestLine, lines: rest.filter((line) => !own.test(line)).sort(), body }
  }
  expect(asked.map(described)).toEqual([described(buildTraefikQuestion({ ...client, fields }, slug))])
})

test('without sanitizePath: false, a path that nobody should send is cleaned before anybody judges it', async () => {
  const sent: SentThroughGateway = { target: '/v1/x/../orders', signed: { target: '/v1/orders' } }
  expect((await world.send('traefik', sent)).code).toBe('credential_malformed')
  const port = await without(['sanitizePath: false', 'sanitizePath: true'])
  expect((await sendRaw(port, world.sign(sent))).status).toBe(200)
  expect(world.backend.served).toMatchObject([{ target: '/v1/orders' }])
})

test('three lines stand between Countersign and what a client says that it sends; the library is a fourth', async () => {
  const lines = ['X-Forwarded-Uri: /v1/orders', 'X-Forwarded-Method: GET', `X-Forwarded-Host: ${host}`]
  const forged = () => world.sign({ target: '/v1/admin', signed: { target: '/v1/orders' }, lines })
  const [believing, trusting, uncleaned] = [
    ['trustForwardHeader: false', 'trustForwardHeader: true'],
    ["    address: ':80'", "    address: ':80'\n    forwardedHeaders:\n      insecure: true"],
    middleware('clean'),
  ] as const
  for (const two of [[believing, trusting] as const, [believing, uncleaned] as const, [trusting, uncleaned] as const]) {
    expect((await sendRaw(await without(...two), forged())).code).toBe('signature_invalid')
  }
  expect(world.backend.arrived).toEqual([])
  const answer = await sendRaw(await without(believing, trusting, uncleaned), forged())
  expect(answer.status).toBe(401)
  expect(world.backend.arrived).toMatchObject([{ target: '/v1/admin' }])
  expect(world.backend.served).toEqual([])
})

test('with a list of request headers, a header that the service wants signed can be added by anybody', async () => {
  const list =
    '        authRequestHeaders:\n          - Signature\n          - Signature-Input\n        trustForwardHeader: false'
  const lines = ['X-Tenant: somebody']
  expect((await world.server.api('PATCH', '/services/orders', { coveredFields: ['x-tenant'] })).status).toBe(200)
  try {
    expect((await world.send('traefik', { lines })).code).toBe('component_missing')
    const port = await without(['        trustForwardHeader: false', list])
    expect((await sendRaw(port, world.sign({ lines }))).status).toBe(200)
  } finally {
    await world.server.api('PATCH', '/services/orders', { coveredFields: [] })
  }
})

test('without forwardBody, Countersign sees no body, and the library checks it', async () => {
  const port = await without(['forwardBody: true', 'forwardBody: false'])
  expect((await sendRaw(port, world.sign({ method: 'POST', body: 'two oranges' }))).status).toBe(200)
  expect(world.backend.served[0]?.countersign.content).toBe('unchecked')
  const changed = world.sign({ method: 'POST', body: 'two lemons!', signed: { body: 'two oranges' } })
  expect((await sendRaw(port, changed)).code).toBe('digest_mismatch')
  expect(world.backend.arrived).toHaveLength(2)
  expect(world.backend.served).toHaveLength(1)
})

test('without the assertion handed on, the backend denies', async () => {
  const port = await without(['          - Countersign-Assertion\n', ''])
  const answer = await sendRaw(port, world.sign())
  expect([answer.status, answer.code]).toEqual([401, 'credential_missing'])
  expect([world.backend.arrived.length, world.backend.served.length]).toEqual([1, 0])
})

test('without a certificate it is nobody', async () => {
  const port = await without([
    '          cert: /etc/traefik/countersign/gateway.pem\n          key: /etc/traefik/countersign/gateway.key\n',
    '',
  ])
  const answer = await sendRaw(port, world.sign())
  expect([answer.status, answer.code]).toEqual([403, 'gateway_unknown'])
  expect(world.backend.arrived).toEqual([])
})

test('without the host written over, the backend reads a port that nobody signed', async () => {
  const port = await without(middleware('host'))
  const named = { host: `${host}:1`, signed: { host } }
  expect((await sendRaw(port, world.sign(named))).status).toBe(200)
  expect(readLoosely(world.backend.served[0], 'host')).toEqual([`${host}:1`])
  expect(world.backend.served[0]?.countersign.authority).toBe(host)
})

test('without the rule for upgrades, a client asks the backend for another protocol', async () => {
  const asking = () => world.sign({ connection: 'close, Upgrade', lines: ['Upgrade: tunnel'] })
  expect((await sendRaw(world.gateway('traefik').port, asking())).status).toBe(200)
  expect(readLoosely(world.backend.served[0], 'upgrade')).toEqual([])
  world.backend.forget()
  await sendRaw(await without(middleware('no-upgrade')), asking())
  expect(readLoosely(world.backend.arrived[0], 'upgrade')).toEqual(['tunnel'])
})

test('without the names that are emptied, the client’s reach the backend', async () => {
  const port = await without(middleware('clean'))
  await sendRaw(port, world.sign({ lines: ['X-Original-URL: /v1/admin', 'Countersign_Machine: mach_x'] }))
  expect(readLoosely(world.backend.arrived[0], 'x-original-url')).toEqual(['/v1/admin'])
  expect(readLoosely(world.backend.arrived[0], 'countersign-machine')).toContain('mach_x')
})

test('breaking the glass takes the check out of both routers, and leaves the library', async () => {
  const port = await without(['        - countersign-orders\n', ''])
  world.backend.forget()
  const answer = await sendRaw(port, unsigned)
  expect([answer.status, answer.code]).toEqual([401, 'credential_missing'])
  expect([world.backend.arrived.length, world.backend.served.length]).toEqual([1, 0])
})
