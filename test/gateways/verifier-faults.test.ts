import { readFileSync } from 'node:fs'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { createServer, type Server } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { freePort } from '../setup/free-port'
import { asStranger, believing, gatewayKinds, startGateway, type GatewayKind, type GatewayPlace } from './gateway-kinds'
import type { GatewayProcess } from './gateway-process'
import { host, openGatewayWorld, type GatewayWorld } from './gateway-world'
import { listenOnLoopback } from './listen-on-loopback'
import { readLoosely } from './protected-backend'
import { formatRequest, sendRaw } from './raw-http'

/** The guides promise two seconds; the rest is for a machine that is busy with other tests. */
const promisedMs = 2_000 + 500

let world: GatewayWorld
/** Where the gateways of these tests believe the verification service to be. */
let faulty: FaultyPlace
const misled = new Map<GatewayKind, GatewayProcess>()

beforeAll(async () => {
  world = await openGatewayWorld({ kinds: [] })
  faulty = await findFaultyPlace()
  const start = async (kind: GatewayKind) => {
    misled.set(kind, await startGateway[kind](misplace(kind, faulty)))
  }
  await Promise.all(gatewayKinds.map(start))
})
afterAll(async () => {
  for (const gateway of misled.values()) await gateway.stop()
  await world?.close()
})

const cleanups: (() => Promise<unknown>)[] = []
beforeEach(() => world.backend.forget())
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

interface FaultyPlace {
  readonly port: number
  /** The same with TLS, by the certificate that gateways trust. */
  readonly tlsPort: number
}

const findFaultyPlace = async (): Promise<FaultyPlace> => ({ port: await freePort(), tlsPort: await freePort() })

/** Where a gateway of this kind stands that believes the verification service to be there. */
function misplace(kind: GatewayKind, { port, tlsPort }: FaultyPlace): GatewayPlace {
  const place = world.place(kind)
  const gatewayTls = { port: tlsPort, files: place.gatewayTls!.files }
  return { ...place, serverPort: port, grpcPort: port, gatewayTls }
}

/** Something that stands where the verification service should. */
async function stand(server: Server, at = faulty): Promise<void> {
  const { serverCertificate, serverKey } = world.place('traefik').gatewayTls!.files
  const tls = createTlsServer({ cert: readFileSync(serverCertificate), key: readFileSync(serverKey) }, (socket) =>
    server.emit('connection', socket),
  )
  for (const { close } of [await listenOnLoopback(server, at.port), await listenOnLoopback(tls, at.tlsPort)]) {
    cleanups.push(close)
  }
}

const answering = (listener: RequestListener) => () => stand(createHttpServer(listener))
const saying = (words: string) => () => stand(createServer((socket) => socket.once('data', () => socket.end(words))))
const assertion = `${'a'.repeat(20)}.${'b'.repeat(20)}.${'c'.repeat(20)}`

type Fault = readonly [name: string, start: () => Promise<void>]

const silent = (): Server => createServer(() => undefined)
const neverEnding = (): Server => createServer((socket) => void socket.write('HTTP/1.1 200 OK\r\n'))

const faults: readonly Fault[] = [
  ['is down', () => Promise.resolve()],
  ['closes each connection', () => stand(createServer((socket) => socket.destroy()))],
  ['answers something that is no HTTP', saying('hello\r\n\r\n')],
  ['answers 500', answering((_request, response) => void response.writeHead(500).end())],
  ['answers 503', answering((_request, response) => void response.writeHead(503).end())],
  ['answers 404', answering((_request, response) => void response.writeHead(404).end('not here'))],
  ['answers 429', answering((_request, response) => void response.writeHead(429).end())],
  ['answers 204', answering((_request, response) => void response.writeHead(204).end())],
  ['answers 200 without an assertion', answering((_request, response) => void response.writeHead(200).end('hello'))],
  [
    'answers 200 with an empty assertion',
    saying('HTTP/1.1 200 OK\r\nCountersign-Assertion:\r\nContent-Length: 0\r\n\r\n'),
  ],
  [
    'answers 200 with a machine and without an assertion',
    saying('HTTP/1.1 200 OK\r\nCountersign-Machine: mach_x\r\nContent-Length: 2\r\n\r\n{}'),
  ],
  ['answers 401 without a reason', answering((_request, response) => void response.writeHead(401).end())],
  ['answers 403 without a reason', answering((_request, response) => void response.writeHead(403).end())],
  [
    'sends elsewhere, where the answer is 200',
    answering((request, response) => {
      if (request.url === '/yes') response.writeHead(200, { 'Countersign-Assertion': assertion }).end()
      else response.writeHead(302, { Location: '/yes', 'Countersign-Assertion': assertion }).end()
    }),
  ],
]

const hangs: readonly Fault[] = [
  ['takes connections and never answers', () => stand(silent())],
  ['begins an answer and never ends its head', () => stand(neverEnding())],
]

/** Allowed by nobody: each of another form. */
const undecided = () => [
  world.sign(),
  world.sign({ method: 'POST', body: 'two oranges' }),
  formatRequest({ method: 'OPTIONS', target: '/v1/orders', host }),
  world.sign({
    connection: 'close, Upgrade',
    lines: ['Upgrade: websocket', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='],
  }),
]

const knowing = gatewayKinds.filter((kind) => !believing.has(kind))
describe.each(knowing)('%s, when the verification service', (kind) => {
  test.each([...faults, ...hangs])('%s: nothing gets through, and the client is told in time', async (_name, start) => {
    await start()
    const requests = undecided()
    const answers = await Promise.all(requests.map((bytes) => sendRaw(misled.get(kind)!.port, bytes)))
    for (const answer of answers) {
      expect([401, 403]).toContain(answer.status)
      // A denial without a reason is handed on by Caddy as it is; everything else is put into words.
      if (answer.status === 403 && answer.code !== undefined) {
        expect(answer.code).toBe('unavailable')
        expect(JSON.parse(answer.body)).toMatchObject({ code: 'unavailable' })
        expect(answer.header('content-type')).toBe('application/problem+json')
      }
      expect(answer.tookMs).toBeLessThan(promisedMs)
    }
    expect(world.backend.arrived).toEqual([])
  })
})

describe.each([...believing])('%s, when the verification service', (kind) => {
  test.each(faults)(
    '%s: nothing is served, and nothing but a yes of somebody else gets through',
    async (name, start) => {
      await start()
      const answers = await Promise.all(undecided().map((bytes) => sendRaw(misled.get(kind)!.port, bytes)))
      for (const answer of answers) {
        expect(answer.status).toBeGreaterThanOrEqual(300)
        expect(answer.tookMs).toBeLessThan(promisedMs)
      }
      if (!/^answers 20/.test(name)) expect(world.backend.arrived).toEqual([])
      expect(world.backend.served).toEqual([])
    },
  )

  test('takes connections and never answers, or never ends its answer: 500 after half a minute, which the guide says', async () => {
    const ask = async (server: Server) => {
      const place = await findFaultyPlace()
      const gateway = await startGateway[kind](misplace(kind, place))
      cleanups.push(() => gateway.stop())
      await stand(server, place)
      return Promise.all(undecided().map((bytes) => sendRaw(gateway.port, bytes, undefined, 40_000)))
    }
    for (const answer of (await Promise.all([silent(), neverEnding()].map(ask))).flat()) {
      expect(answer.status).toBe(500)
      expect(answer.tookMs).toBeGreaterThan(promisedMs)
    }
    expect(world.backend.arrived).toEqual([])
  }, 60_000)
})

describe.each(gatewayKinds)('%s, when the verification service', (kind) => {
  test('works and the backend does not: 502, and it is not called a denial', async () => {
    const gateway = await startGateway[kind]({ ...world.place(kind), backendPort: await freePort() })
    cleanups.push(() => gateway.stop())
    const answer = await sendRaw(gateway.port, world.sign())
    expect([answer.status, answer.code]).toEqual([502, undefined])
    if (!believing.has(kind)) expect(answer.header('content-type')).toBe('application/problem+json')
    const missing = await sendRaw(gateway.port, formatRequest({ target: '/v1/orders', host }))
    expect([missing.status, missing.code]).toEqual([401, 'credential_missing'])
  })

  test('does not know the gateway’s key: 403 gateway_unknown', async () => {
    const gateway = await startGateway[kind](asStranger(world.place(kind)))
    cleanups.push(() => gateway.stop())
    for (const lines of [[], [`Countersign-Gateway-Key: ${world.place(kind).gatewayKey}`]]) {
      const answer = await sendRaw(gateway.port, world.sign({ lines }))
      expect([answer.status, answer.code]).toEqual([403, 'gateway_unknown'])
    }
    expect(world.backend.arrived).toEqual([])
  })

  test('knows the service by another name: 403', async () => {
    const gateway = await startGateway[kind]({ ...world.place(kind), slug: 'billing' })
    cleanups.push(() => gateway.stop())
    const answer = await sendRaw(gateway.port, world.sign())
    expect([answer.status, answer.code]).toEqual([403, 'service_unknown'])
    expect(world.backend.arrived).toEqual([])
  })
})

/** What answers in HTTP; what answers over gRPC stands in envoy.test.ts. */
test.each(gatewayKinds.filter((kind) => kind !== 'gate' && kind !== 'envoy-grpc'))(
  '%s hands no placeholder on for a machine that is not named',
  async (kind) => {
    await answering(
      (_request, response) => void response.writeHead(200, { 'Countersign-Assertion': assertion }).end(),
    )()
    const gateway = misled.get(kind)!
    const answer = await sendRaw(gateway.port, world.sign({ lines: ['Countersign-Machine: forged'] }))
    // The library refuses the made-up assertion.
    expect(answer.status).toBe(401)
    expect(world.backend.arrived).toHaveLength(1)
    expect(readLoosely(world.backend.arrived[0], 'countersign-machine')).toEqual([])
    expect(world.backend.served).toEqual([])
  },
)

test('when the verification service stops and starts again, gateways deny meanwhile and then allow, untouched', async () => {
  const own = await openGatewayWorld()
  cleanups.push(() => own.close())
  for (const kind of gatewayKinds) expect((await own.send(kind)).status).toBe(200)
  await own.server.stop()
  own.backend.forget()
  for (const kind of gatewayKinds) {
    const denied = await own.send(kind)
    expect([denied.status, denied.code]).toEqual(believing.has(kind) ? [500, undefined] : [403, 'unavailable'])
  }
  expect(own.backend.arrived).toEqual([])
  await own.startServerAgain()
  for (const kind of gatewayKinds) {
    await expect.poll(async () => (await own.send(kind)).status, { timeout: 5_000 }).toBe(200)
  }
})
