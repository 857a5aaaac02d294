import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { gatewayKinds, hostReplacing, hostWriting } from './gateway-kinds'
import { host, openGatewayWorld, type GatewayWorld } from './gateway-world'
import { readLoosely } from './protected-backend'
import { formatRequest, sendRaw, type RawAnswer } from './raw-http'

let world: GatewayWorld
beforeAll(async () => {
  world = await openGatewayWorld()
})
beforeEach(() => world.backend.forget())
afterAll(() => world?.close())

/** 400, 404, 405, 421, 501 are the gateways' own refusals of what is no HTTP to them; they keep no record of those. */
function expectRefused(answer: RawAnswer, codes: readonly string[]): void {
  for (const status of answer.statuses) expect(status).toBeGreaterThanOrEqual(400)
  expect(answer.statuses).not.toEqual([])
  if (answer.code === undefined) expect([400, 404, 405, 421, 501]).toContain(answer.status)
  else expect(codes).toContain(answer.code)
  expect(world.backend.arrived).toEqual([])
}

const malformed = ['credential_malformed']
const unsigned = ['signature_invalid', 'credential_malformed']

const otherHosts = [
  'evil.example',
  'orders.example.',
  'orders.example:1',
  'orders.example.evil.example',
  'orders.example, evil.example',
  'orders.example evil.example',
  'user@orders.example',
  'orders.example/v1',
]

describe.each(gatewayKinds)('behind %s', (kind) => {
  /** The machine signs /v1/orders; these are other names of it, or of something else, for some parser on the way. */
  test.each([
    ['/v1/x/../orders', malformed],
    ['/v1/x/%2e%2e/orders', malformed],
    ['/v1/x/.%2E/orders', malformed],
    ['/v1/./orders', malformed],
    ['/v1/%2e/orders', malformed],
    ['/v1/..;/orders', malformed],
    ['/v1/x/..;a=b/orders', malformed],
    ['/../v1/orders', malformed],
    ['//v1/orders', malformed],
    ['/v1//orders', malformed],
    ['//evil.example/v1/orders', malformed],
    ['/v1\\orders', malformed],
    ['/v1/orders%5c', malformed],
    ['/v1%2forders', malformed],
    ['/v1%2Forders', malformed],
    ['/v1/orders%00', malformed],
    ['/v1/orders%00.html', malformed],
    ['/v1/orders%252e', malformed],
    ['/v1/orders%', malformed],
    ['/v1/%zz', malformed],
    ['/v1/orders?', malformed],
    ['/v1/orders#', unsigned],
    ['/v1/orders#x', unsigned],
    ['/v1/orders#/../admin', unsigned],
    ['/v1/orders;', unsigned],
    ['/v1/orders;x=1', unsigned],
    ['/v1/%6frders', unsigned],
    ['/v1/ORDERS', unsigned],
    ['/v1/orders/', unsigned],
    ['/v1/orders?admin=1', unsigned],
    ['/v1/orders\xff', unsigned],
    ['/v1/orders%ff', unsigned],
    ['/v1/or|ders', unsigned],
    ['/v1/orders x', unsigned],
    ['*', malformed],
    ['v1/orders', malformed],
    ['', malformed],
  ])('the target %j is refused', async (target, codes) => {
    const answer = await world.send(kind, { target, signed: { target: '/v1/orders' } })
    // Traefik writes it as RFC 3986 §6.2.2.2 has it before it asks: what was judged is what arrives.
    if (kind === 'traefik' && target === '/v1/%6frders') {
      return expect(world.backend.served).toMatchObject([{ target: '/v1/orders' }])
    }
    expectRefused(answer, [...codes, 'authority_unknown'])
  })

  test.each([
    ['get', malformed],
    ['Get', malformed],
    ['CONNECT', malformed],
    ['TRACE', malformed],
    ['POST', ['component_missing']],
    ['DELETE', ['component_missing']],
    ['PURGE', ['component_missing', 'credential_malformed']],
    ['HEAD', ['signature_invalid']],
    ['OPTIONS', ['signature_invalid']],
  ])('a request that is signed as GET and sent as %s is refused', async (method, codes) => {
    expectRefused(await world.send(kind, { method, signed: { method: 'GET' } }), codes)
  })

  test('CONNECT to a host and a port is refused', async () => {
    for (const target of ['orders.example:80', '127.0.0.1:22', world.backend.port.toString()]) {
      const answer = await world.send(kind, {
        method: 'CONNECT',
        target,
        signed: { method: 'GET', target: '/v1/orders' },
      })
      expectRefused(answer, ['credential_malformed', 'authority_unknown'])
    }
  })

  test('a full URL as target arrives as the path that was signed', async () => {
    const answer = await world.send(kind, {
      target: `http://${host}/v1/orders?a=b`,
      signed: { target: '/v1/orders?a=b' },
    })
    expect(answer.status).toBe(200)
    expect(world.backend.served).toMatchObject([{ target: '/v1/orders?a=b' }])
  })

  test.each([
    'http:/v1/orders',
    'http:///v1/orders',
    `http://user@${host}/v1/orders`,
    `ftp://${host}/v1/orders`,
    `HTTP://${host.toUpperCase()}/v1/orders`,
    `http://${host}:80/v1/orders`,
  ])('the target %s is refused, or arrives as what was signed', async (target) => {
    const answer = await world.send(kind, { target, signed: { target: '/v1/orders' } })
    if (answer.status !== 200) return expectRefused(answer, [...unsigned, 'authority_unknown'])
    expect(world.backend.served).toMatchObject([{ method: 'GET', target: '/v1/orders' }])
    expect(readLoosely(world.backend.served[0], 'host').map((name) => name.toLowerCase())).toEqual([host])
  })

  test('a full URL as target that names another host is refused', async () => {
    const answer = await world.send(kind, { target: 'http://evil.example/v1/orders', signed: { target: '/v1/orders' } })
    expectRefused(answer, ['authority_unknown', 'credential_malformed'])
  })

  test('a Host that is not the one of the full URL never reaches the backend', async () => {
    const sent = { target: `http://${host}/v1/orders`, host: 'evil.example', signed: { target: '/v1/orders' } }
    const answer = await world.send(kind, sent)
    if (!hostReplacing.has(kind)) return expectRefused(answer, ['authority_unknown', 'credential_malformed'])
    // RFC 9112 §3.2.2: a proxy that is given a full URL ignores Host and replaces it.
    expect(answer.status).toBe(200)
    expect(readLoosely(world.backend.served[0], 'host')).toEqual([host])
    expect(JSON.stringify(world.backend.arrived)).not.toContain('evil')
  })

  test.each([
    ['two Host lines', { lines: ['Host: evil.example'] }],
    ['the same Host twice', { lines: [`Host: ${host}`] }],
    ['no Host', { host: undefined }],
    ['an empty Host', { host: '' }],
  ])('%s: refused', async (_name, request) => {
    const answer = await world.send(kind, request)
    // HAProxy makes one line of two that say the same.
    if (kind === 'haproxy' && answer.status === 200) {
      return expect(readLoosely(world.backend.served[0], 'host')).toEqual([host])
    }
    expectRefused(answer, ['authority_unknown', 'credential_malformed', 'unavailable'])
  })

  test('a credential for another service’s host is refused', async () => {
    const answer = await world.send(kind, { signed: { host: 'billing.example' } })
    expectRefused(answer, ['signature_invalid'])
  })

  test('a host of another service is refused, signed or not', async () => {
    const answer = await world.send(kind, { host: 'billing.example', signed: { host: 'billing.example' } })
    expectRefused(answer, ['authority_unknown'])
    const missing = await sendRaw(
      world.gateway(kind).port,
      formatRequest({ target: '/v1/orders', host: 'billing.example' }),
    )
    expectRefused(missing, ['authority_unknown', 'credential_missing'])
  })

  test('more than two hundred header lines are refused', async () => {
    const lines = Array.from({ length: 250 }, (_unused, index) => `X-Line-${index}: a`)
    expectRefused(await world.send(kind, { lines }), malformed)
  })

  test('a signature line of nine kilobytes is refused', async () => {
    const bytes = world.sign().replace(/\r\nSignature: /, `\r\nSignature: a=:${'A'.repeat(9_000)}:, `)
    expectRefused(await sendRaw(world.gateway(kind).port, bytes), malformed)
  })

  test('what is no HTTP is refused', async () => {
    for (const bytes of [
      '\x16\x03\x01\x00\x04\r\n\r\n',
      'GET / HTTP/9.9\r\nConnection: close\r\n\r\n',
      'hello, and what is your name?\r\n\r\n',
    ]) {
      const answer = await sendRaw(world.gateway(kind).port, bytes)
      expect(answer.status === 0 || answer.status >= 400).toBe(true)
    }
    expect(world.backend.arrived).toEqual([])
  })
})

/** These know their hosts. */
describe.each(gatewayKinds.filter((kind) => !hostWriting.has(kind)))('behind %s', (kind) => {
  test.each(otherHosts)('a request that was signed for our host and names the host %s is refused', async (other) => {
    expectRefused(await world.send(kind, { host: other }), ['authority_unknown'])
  })

  test('the host may be written in capitals', async () => {
    expect((await world.send(kind, { host: 'ORDERS.Example' })).status).toBe(200)
    expect(readLoosely(world.backend.served[0], 'host')[0]?.toLowerCase()).toBe(host)
  })
})

describe.each([...hostWriting])('behind %s', (kind) => {
  test.each(otherHosts)('the backend sees the host that was signed, not %s', async (other) => {
    const { status } = await world.send(kind, { host: other })
    // A Host that is none may be refused before anybody is asked; what arrives names the signed one.
    if (status !== 200) expect(world.backend.arrived).toEqual([])
    for (const served of world.backend.served) expect(readLoosely(served, 'host')).toEqual([host])
  })
})
