import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeRequest, prepareService, type PreparedService } from '../setup/prepare-service'
import type { TestMachine } from '../setup/test-machine'
import { openWorld, type World } from './support/open-world'
import { exchangeRaw, rawRequest, type RawExchange } from './support/raw-http'

type Field = readonly [string, string]

let world: World
let service: PreparedService
let machine: TestMachine
const path = '/api/v1/authz/nginx/orders'

beforeAll(async () => {
  world = await openWorld('embedded')
  service = await prepareService(world.server())
  machine = await service.enroll('odd client')
})
afterAll(() => world.close())

/** What nginx sends for a request that would pass: whatever is denied below is denied for its form alone. */
function goodFields(method = 'GET'): Field[] {
  const body = method === 'GET' ? undefined : Buffer.from('hello')
  const sent = makeRequest(machine, {
    authority: service.authority,
    target: '/v1/orders',
    method,
    ...(body && { body }),
  })
  return [
    ['Host', 'countersign.example'],
    ...sent.headers,
    ['X-Original-Method', method],
    ['X-Original-URI', '/v1/orders'],
    ['X-Original-Host', service.authority],
    ['X-Original-Address', '192.0.2.7'],
    ['Countersign-Gateway-Key', service.gatewayKey],
  ]
}
const close: Field = ['Connection', 'close']
const get = `GET ${path} HTTP/1.1`
const replaced = (name: string, value: string): Field[] =>
  goodFields().map((field) => (field[0] === name ? [name, value] : field))
const ask = (...parts: Parameters<typeof rawRequest>) => exchangeRaw(world.server().port, rawRequest(...parts))

/** The one form of a denial: 401 or 403, the document in one ASCII line, and nothing else on the connection. */
function expectDenial(exchange: RawExchange, codes: readonly string[] = ['credential_malformed']) {
  expect(exchange).toMatchObject({ responses: [{ status: expect.any(Number) as number }], rest: '' })
  const [response] = exchange.responses
  expect([401, 403]).toContain(response!.status)
  const line = response!.headers.get('countersign-problem') ?? ''
  expect(line).toMatch(/^[\x20-\x7e]{2,1024}$/)
  const problem = JSON.parse(line) as { code: string; status: number }
  expect(codes).toContain(problem.code)
  expect(problem.status).toBe(response!.status)
  expect(response!.headers.get('www-authenticate')).toBe(response!.status === 401 ? 'Countersign' : undefined)
  expect(response!.headers.get('cache-control')).toBe('no-store')
  expect(JSON.parse(response!.body)).toMatchObject({ code: problem.code })
  expect(exchange.elapsedMs).toBeLessThan(1_000)
}

interface Case {
  readonly name: string
  readonly send: () => Promise<RawExchange>
  readonly codes?: readonly string[]
}

const denied: Case[] = [
  { name: '201 header lines', send: () => ask(get, [...goodFields(), ...padding(201), close]) },
  { name: '5,000 header lines', send: () => ask(get, [...goodFields(), ...padding(5_000), close]) },
  { name: 'headers of 70 KiB', send: () => ask(get, [...goodFields(), ['X-Big', 'a'.repeat(70_000)]]) },
  { name: 'a request line of 70 KiB', send: () => ask(`GET ${path}?${'a'.repeat(70_000)} HTTP/1.1`, goodFields()) },
  { name: 'CONNECT', send: () => ask('CONNECT orders.example:443 HTTP/1.1', goodFields()) },
  { name: 'CONNECT to the endpoint', send: () => ask(`CONNECT ${path} HTTP/1.1`, goodFields()) },
  { name: 'obs-fold', send: () => ask(get, [['Host', 'a'], ['X-Fold', 'one\r\n two'], ...goodFields(), close]) },
  {
    name: 'a NUL in a value',
    send: () =>
      ask(get, [
        ['Host', 'a'],
        ['X-Nul', 'a\0b'],
      ]),
  },
  {
    name: 'a NUL in a name',
    send: () =>
      ask(get, [
        ['Host', 'a'],
        ['X-N\0ul', 'b'],
      ]),
  },
  {
    name: 'a blank before the colon',
    send: () =>
      ask(get, [
        ['Host', 'a'],
        ['X-Blank ', 'b'],
      ]),
  },
  { name: 'a header line without a colon', send: () => exchangeRaw(port(), `${get}\r\nHost: a\r\nnothing\r\n\r\n`) },
  {
    name: 'a bare CR in a value',
    send: () =>
      ask(get, [
        ['Host', 'a'],
        ['X-Cr', 'a\rb'],
      ]),
  },
  { name: 'a method that is none', send: () => ask(`G(T ${path} HTTP/1.1`, goodFields()) },
  { name: 'an unregistered method', send: () => ask(`BREW ${path} HTTP/1.1`, goodFields()) },
  { name: 'a lower-case method', send: () => ask(`get ${path} HTTP/1.1`, goodFields()) },
  { name: 'another protocol', send: () => exchangeRaw(port(), `${get.replace('HTTP/1.1', 'SIP/2.0')}\r\n\r\n`) },
  { name: 'a TLS hello', send: () => exchangeRaw(port(), Buffer.from('160301020001000001fc0303', 'hex')) },
  { name: 'nothing but noise', send: () => exchangeRaw(port(), Buffer.alloc(300, 0xfe)) },
  {
    name: 'both Content-Length and Transfer-Encoding',
    send: () =>
      ask(
        `POST ${path} HTTP/1.1`,
        [...goodFields(), ['Content-Length', '5'], ['Transfer-Encoding', 'chunked']],
        '0\r\n\r\n',
      ),
  },
  {
    name: 'two different Content-Lengths',
    send: () =>
      ask(`POST ${path} HTTP/1.1`, [...goodFields(), ['Content-Length', '5'], ['Content-Length', '6']], 'hello'),
  },
  {
    name: 'an unknown Transfer-Encoding',
    send: () => ask(`POST ${path} HTTP/1.1`, [...goodFields(), ['Transfer-Encoding', 'cow']], 'hello'),
  },
  {
    name: 'a second line of a gateway header',
    send: () => ask(get, [...goodFields(), ['X-Original-URI', '/admin'], close]),
  },
  {
    name: 'a second gateway key',
    send: () => ask(get, [...goodFields(), ['Countersign-Gateway-Key', 'csg_x'], close]),
  },
  { name: 'no original method', send: () => ask(get, [...replaced('X-Original-Method', ''), close]) },
  { name: 'a lower-case original method', send: () => ask(get, [...replaced('X-Original-Method', 'get'), close]) },
  {
    name: 'CONNECT as the original method',
    send: () => ask(get, [...replaced('X-Original-Method', 'CONNECT'), close]),
  },
  { name: 'a duplicate signature line', send: () => ask(get, [...goodFields(), ['Signature', 'cs=:AAAA:'], close]) },
  ...[
    '/a/../v1/orders',
    '/v1/%2e%2e/orders',
    '/v1//orders',
    '/v1/orders#a',
    '/v1/orders?',
    '/v1/orders/..;a=b',
    '*',
  ].map((target) => ({
    name: `the target ${target}`,
    send: () => ask(get, [...replaced('X-Original-URI', target), close]),
  })),
  {
    name: 'another service’s path',
    send: () => ask('GET /api/v1/authz/nginx/nothing HTTP/1.1', [...goodFields(), close]),
    codes: ['service_unknown'],
  },
  ...[
    '/api/v1/authz/envoy',
    '/api/v1/authz/envoy/',
    '/api/v1/authz/envoy-raw/ORDERS/v1/orders',
    '/api/v1/authz/envoys/orders',
    '/api/v1/authz/nginx/orders/more',
    '/api/v1/authz/nginx/',
    '/api/v1/authz/',
    '/api/v1/authz',
    '/api/v1/authz?a=b',
    '/api/v1/authz/__proto__/orders',
  ].map((wrong) => ({
    name: `the path ${wrong}`,
    send: () => ask(`GET ${wrong} HTTP/1.1`, [...goodFields(), close]),
    codes: ['service_unknown'],
  })),
  {
    name: 'the endpoint in absolute-form',
    send: () => ask(`GET http://countersign.example${path} HTTP/1.1`, [...goodFields(), close]),
    codes: ['credential_malformed', 'service_unknown'],
  },
  {
    name: 'a body announced with a GET',
    send: () => ask(get, [...goodFields(), ['Content-Length', '5'], close], 'hello'),
    codes: ['body_unexpected'],
  },
  {
    name: 'another profile’s headers, Envoy’s way',
    send: () => ask('GET /api/v1/authz/envoy-raw/orders/v1/orders HTTP/1.1', [...goodFields(), close]),
    codes: ['gateway_unknown'],
  },
  {
    name: 'a body that never comes, of a gateway that is none, Envoy’s way',
    send: () =>
      ask('POST /api/v1/authz/envoy-raw/orders/v1/orders HTTP/1.1', [...goodFields('POST'), ['Content-Length', '9']]),
    codes: ['gateway_unknown'],
  },
  {
    name: 'two hosts, Envoy’s way',
    send: () => ask('GET /api/v1/authz/envoy-raw/orders/v1/orders HTTP/1.1', [...goodFields(), ['Host', 'a'], close]),
  },
  {
    name: 'another profile’s headers',
    send: () => ask('GET /api/v1/authz/caddy/orders HTTP/1.1', [...goodFields(), close]),
  },
]

const port = () => world.server().port
const padding = (count: number): Field[] => Array.from({ length: count }, (_, index) => [`X-${index}`, 'a'])

/** Odd, and still the gateway's question about a good request. */
const allowed: Case[] = [
  { name: 'no Host', send: () => ask(get, [...goodFields().slice(1), close]) },
  {
    name: 'Upgrade: websocket',
    send: () => ask(get, [...goodFields(), ['Upgrade', 'websocket'], ['Connection', 'Upgrade, close']]),
  },
  {
    name: 'Upgrade: h2c',
    send: () => ask(get, [...goodFields(), ['Upgrade', 'h2c'], ['Connection', 'Upgrade, HTTP2-Settings, close']]),
  },
  {
    name: 'an expectation that nobody knows',
    send: () => ask(get, [...goodFields(), ['Expect', '207-weather'], close]),
  },
  {
    name: 'Expect: 100-continue, whose body never comes',
    send: () =>
      ask(`POST ${path} HTTP/1.1`, [...goodFields('POST'), ['Expect', '100-continue'], ['Content-Length', '3']]),
  },
  {
    name: 'a body',
    send: () => ask(`POST ${path} HTTP/1.1`, [...goodFields('POST'), ['Content-Length', '5'], close], 'hello'),
  },
  {
    name: 'a chunked body',
    send: () =>
      ask(
        `PUT ${path} HTTP/1.1`,
        [...goodFields('PUT'), ['Transfer-Encoding', 'chunked'], close],
        '5\r\nhello\r\n0\r\n\r\n',
      ),
  },
  { name: 'HTTP/1.0', send: () => ask(`GET ${path} HTTP/1.0`, goodFields()) },
  {
    name: 'HTTP/1.0 with keep-alive',
    send: () =>
      exchangeRaw(port(), rawRequest(`GET ${path} HTTP/1.0`, [...goodFields(), ['Connection', 'keep-alive']]), 1),
  },
  {
    name: 'the client’s query behind the path',
    send: () => ask(`GET ${path}?a=b&c=/../d HTTP/1.1`, [...goodFields(), close]),
  },
  { name: 'HEAD', send: () => ask(`HEAD ${path} HTTP/1.1`, [...goodFields(), close]) },
]

describe.each(['before', 'after'])('the gateway endpoint %s a page was served', (when) => {
  beforeAll(async () => {
    if (when === 'after') expect((await fetch(`${world.server().url}/`)).status).toBe(200)
  })

  test.each(denied)('denies $name in the gateway’s form', async ({ send, codes }) => {
    expectDenial(await send(), codes)
  })

  test.each(allowed)('answers $name with 200 and nothing else', async ({ send }) => {
    const exchange = await send()
    expect(exchange.responses.map((response) => response.status)).toEqual([200])
    expect(exchange.rest).toBe('')
    expect(exchange.responses[0]!.headers.get('countersign-assertion')).toMatch(/^ey/)
    expect(exchange.elapsedMs).toBeLessThan(1_000)
  })

  test('answers pipelined requests in their order', async () => {
    const last = rawRequest(get, [...goodFields(), close])
    const bytes = rawRequest(get, goodFields()) + rawRequest(get, replaced('X-Original-Method', 'get')) + last
    const { responses, rest } = await exchangeRaw(port(), bytes)
    expect(responses.map((response) => response.status)).toEqual([200, 401, 200])
    expect(rest).toBe('')
  })

  test('takes nothing of the next request for the body that a gateway announced and did not send', async () => {
    // nginx without `proxy_set_header Content-Length ""`: the client would choose what of the next request is swallowed.
    const announced = rawRequest(get, [...goodFields('POST'), ['Content-Length', '4000']])
    const next = rawRequest(get, [...goodFields(), close])
    const { responses, rest } = await exchangeRaw(port(), [announced, next])
    expect(responses.map((response) => response.status)).toEqual([200])
    expect(responses[0]!.headers.get('connection')).toBe('close')
    expect(rest).toBe('')
  })

  test('takes lines that end without CR for nothing it can decide on', async () => {
    const exchange = await exchangeRaw(port(), rawRequest(get, [...goodFields(), close], '', '\n'))
    expectDenial(exchange)
  })
})

test('clients that ask for a tunnel and are gone before the answer leave the server standing', async () => {
  // Stopped meanwhile, the server reads the request when its connection is reset already, and fails to write the answer.
  for (let round = 0; round < 3; round++) {
    world.server().kill('SIGSTOP')
    await Promise.all(Array.from({ length: 5 }, sendAndReset))
    world.server().kill('SIGCONT')
    const sent = makeRequest(machine, { authority: service.authority, target: '/on' })
    expect(await service.ask(world.server(), sent)).toMatchObject({ status: 200 })
  }
})

function sendAndReset(): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port(), '127.0.0.1', () => {
      socket.write('CONNECT orders.example:443 HTTP/1.1\r\nHost: a\r\n\r\n', () => {
        socket.resetAndDestroy()
        resolve()
      })
    })
    socket.on('error', () => undefined)
  })
}
