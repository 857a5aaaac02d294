import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeRequest, prepareService, type PreparedService } from '../setup/prepare-service'
import type { TestMachine } from '../setup/test-machine'
import { openWorld, type World } from './support/open-world'
import { exchangeRaw, rawRequest } from './support/raw-http'

let world: World
let service: PreparedService
let machine: TestMachine

beforeAll(async () => {
  world = await openWorld('embedded')
  service = await prepareService(world.server(), { profile: 'library' })
  machine = await service.enroll('library client')
})
afterAll(() => world.close())

function goodCall(): Record<string, unknown> {
  const { method, target, authority, headers } = makeRequest(machine, {
    authority: service.authority,
    target: '/v1/orders?status=open',
  })
  return { service: service.slug, method, target, authority, headers, sourceAddress: '192.0.2.9' }
}

const json = { 'content-type': 'application/json' }
const verify = async (
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
  method = 'POST',
) => {
  const response = await fetch(`${world.server().url}/api/v1/verify`, {
    method,
    headers: { ...json, 'countersign-gateway-key': service.gatewayKey, ...headers },
    body,
  })
  return {
    status: response.status,
    body: (await response.json()) as Record<string, unknown>,
    headers: response.headers,
  }
}
const call = (value: unknown) => verify(JSON.stringify(value))

describe('POST /api/v1/verify', () => {
  test('allows a good call, and the same call no second time', async () => {
    const body = goodCall()
    expect(await call(body)).toMatchObject({
      status: 200,
      body: { outcome: 'allowed', machine: { id: machine.id, name: 'library client', generation: 1, labels: {} } },
    })
    expect(await call(body)).toMatchObject({ status: 401, body: { code: 'credential_replayed' } })
  })

  test('gives a library no assertion: there is no next hop to tell', async () => {
    const { body } = await call(goodCall())
    expect(body).not.toHaveProperty('assertion')
    expect(body).not.toHaveProperty('assertionExpiresAt')
  })

  test.each([
    ['no JSON', () => verify('{"service": "orders"')],
    ['an empty body', () => verify('')],
    ['bytes that are no UTF-8', () => verify(Buffer.from([0xff, 0xfe, 0x7b]))],
    ['a list', () => call([goodCall()])],
    ['null', () => call(null)],
    ['an unknown member', () => call({ ...goodCall(), policy: 'allow' })],
    [
      '__proto__ as a member',
      () => verify(JSON.stringify(goodCall()).replace('{', '{"__proto__":{"service":"orders"},')),
    ],
    ['a missing member', () => call({ ...goodCall(), target: undefined })],
    ['201 headers', () => call({ ...goodCall(), headers: Array.from({ length: 201 }, (_, i) => [`x-${i}`, 'a']) })],
    ['a header that is no pair', () => call({ ...goodCall(), headers: [['a', 'b', 'c']] })],
    ['headers as an object', () => call({ ...goodCall(), headers: { host: 'a' } })],
    ['a digest that is none', () => call({ ...goodCall(), bodyDigest: 'sha-256=:AAAA:' })],
    ['a slug that is none', () => call({ ...goodCall(), service: 'Orders' })],
    ['deep nesting', () => verify(`${'['.repeat(30_000)}${']'.repeat(30_000)}`)],
  ])('says 400 to %s', async (_name, send) => {
    const answer = await send()
    expect(answer).toMatchObject({ status: 400, body: { code: 'request_malformed', status: 400 } })
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(answer.body.requestId).toMatch(/^req_/)
  })

  test('says 413 to more than 64 KiB, however it is sent, and always in full', async () => {
    const big = 'a'.repeat(300_000)
    for (let round = 0; round < 10; round++) {
      expect(await call({ ...goodCall(), target: `/${big}` })).toMatchObject({
        status: 413,
        body: { code: 'request_too_large' },
      })
    }
    const fields: [string, string][] = [
      ['Host', 'a'],
      ['Transfer-Encoding', 'chunked'],
    ]
    const chunk = `${(8_000).toString(16)}\r\n${'a'.repeat(8_000)}\r\n`
    for (let round = 0; round < 10; round++) {
      const { responses } = await exchangeRaw(world.server().port, [
        rawRequest('POST /api/v1/verify HTTP/1.1', fields),
        ...Array.from({ length: 30 }, () => chunk),
        '0\r\n\r\n',
      ])
      expect(responses).toMatchObject([{ status: 413 }])
    }
  })

  test('takes a body of just under 64 KiB for what it is', async () => {
    const padded = { ...goodCall() }
    padded.headers = [
      ...(padded.headers as unknown[]),
      ['x-padding', 'a'.repeat(16_000)],
      ['x-more', 'b'.repeat(16_000)],
    ]
    expect((await call(padded)).status).toBe(200)
  })

  test('invites a body that waits for Expect: 100-continue', async () => {
    const body = JSON.stringify(goodCall())
    const head = rawRequest('POST /api/v1/verify HTTP/1.1', [
      ['Host', 'a'],
      ['Expect', '100-continue'],
      ['Connection', 'close'],
      ['Countersign-Gateway-Key', service.gatewayKey],
      ['Content-Length', String(Buffer.byteLength(body))],
    ])
    const { responses } = await exchangeRaw(world.server().port, [head, body])
    expect(responses.map((response) => response.status)).toEqual([100, 200])
  })

  test('takes POST only', async () => {
    const response = await fetch(`${world.server().url}/api/v1/verify`)
    expect(response.status).toBe(405)
    expect(response.headers.get('allow')).toBe('POST')
  })

  test.each([
    ['no proof', {}],
    ['a key that nobody has', { 'countersign-gateway-key': 'csg_unknown' }],
  ])('denies a caller with %s', async (_name, headers) => {
    const response = await fetch(`${world.server().url}/api/v1/verify`, {
      method: 'POST',
      headers: { ...json, ...headers },
      body: JSON.stringify(goodCall()),
    })
    expect(response.status).toBe(403)
    expect(await response.json()).toMatchObject({ code: 'gateway_unknown' })
  })

  test('compares the body where the caller saw it', async () => {
    const body = Buffer.from('{"item":1}')
    const sent = makeRequest(machine, { authority: service.authority, target: '/v1/orders', method: 'POST', body })
    const digestOf = (bytes: Buffer) => `sha-256=:${createHash('sha256').update(bytes).digest('base64')}:`
    const base = { service: service.slug, ...sent }
    expect(await call({ ...base, bodyDigest: digestOf(Buffer.from('{"item":2}')) })).toMatchObject({
      status: 401,
      body: { code: 'digest_mismatch' },
    })
    expect(await call({ ...base, bodyDigest: digestOf(body) })).toMatchObject({ status: 200 })
    const withoutContent = { ...goodCall(), bodyDigest: digestOf(body) }
    expect(await call(withoutContent)).toMatchObject({ status: 401, body: { code: 'body_unexpected' } })
    const ofNothing = { ...goodCall(), bodyDigest: digestOf(Buffer.alloc(0)) }
    expect((await call(ofNothing)).status).toBe(200)
  })
})

describe('the management API and the pages', () => {
  const send = (line: string, fields: [string, string][], body = '') =>
    exchangeRaw(world.server().port, rawRequest(line, [...fields, ['Connection', 'close']], body))

  test.each<[string, () => ReturnType<typeof send>]>([
    ['no Host', () => send('GET /api/v1/machines HTTP/1.1', [])],
    ['CONNECT', () => send('CONNECT a:443 HTTP/1.1', [['Host', 'a']])],
    [
      'an upgrade',
      () =>
        send('GET /api/v1/machines HTTP/1.1', [
          ['Host', 'a'],
          ['Upgrade', 'websocket'],
        ]),
    ],
    [
      'an unknown expectation',
      () =>
        send('GET /api/v1/machines HTTP/1.1', [
          ['Host', 'a'],
          ['Expect', 'tea'],
        ]),
    ],
    [
      'headers of 70 KiB',
      () =>
        send('GET /api/v1/machines HTTP/1.1', [
          ['Host', 'a'],
          ['X-Big', 'a'.repeat(70_000)],
        ]),
    ],
    ['an absolute-form target', () => send('GET http://evil.example/api/v1/machines HTTP/1.1', [['Host', 'a']])],
    ['a path that climbs', () => send('GET /api/v1/../../etc/passwd HTTP/1.1', [['Host', 'a']])],
    ['an odd method', () => send('PURGE /api/v1/machines HTTP/1.1', [['Host', 'a']])],
    [
      'a body that is no JSON',
      () =>
        send(
          'POST /api/v1/services HTTP/1.1',
          [
            ['Host', 'a'],
            ['Content-Length', '1'],
          ],
          '{',
        ),
    ],
    ['OPTIONS *', () => send('OPTIONS * HTTP/1.1', [['Host', 'a']])],
    [
      'obs-fold',
      () =>
        send('GET /api/v1/machines HTTP/1.1', [
          ['Host', 'a'],
          ['X-Fold', 'a\r\n b'],
        ]),
    ],
  ])('answer %s with an honest refusal', async (_name, run) => {
    const { responses, elapsedMs } = await run()
    expect(responses).toHaveLength(1)
    expect(responses[0]!.status).toBeGreaterThanOrEqual(400)
    expect(responses[0]!.status).toBeLessThan(500)
    expect(elapsedMs).toBeLessThan(5_000)
  })

  test('an address that a client claims for itself is not believed', async () => {
    const forged = { 'x-countersign-peer': '203.0.113.99', 'x-forwarded-for': '203.0.113.99' }
    const response = await fetch(`${world.server().url}/api/v1/join-tokens`, {
      method: 'POST',
      headers: { ...json, ...forged },
      body: '{}',
    })
    expect(response.status).toBe(401)
    expect(world.server().output()).not.toContain('203.0.113.99')
  })
})
