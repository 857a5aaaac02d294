import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { gatewayKinds } from './gateway-kinds'
import { host, openGatewayWorld, type GatewayWorld } from './gateway-world'
import { formatRequest, sendRaw } from './raw-http'

let world: GatewayWorld
beforeAll(async () => {
  world = await openGatewayWorld()
})
beforeEach(() => world.backend.forget())
afterAll(() => world?.close())

const smuggled = `GET /v1/smuggled HTTP/1.1\r\nHost: ${host}\r\n\r\n`

/** However a gateway reads it: one signed body is served at most once, and nothing that stands behind it. */
function expectNothingSmuggled(): void {
  for (const request of world.backend.arrived) {
    expect(request).toMatchObject({ method: 'POST', target: '/v1/orders' })
  }
  for (const request of world.backend.served) expect(request.body).toBe('hello')
  expect(world.backend.served.length).toBeLessThanOrEqual(1)
}

describe.each(gatewayKinds)('behind %s', (kind) => {
  const send = (bytes: string) => sendRaw(world.gateway(kind).port, bytes)
  const post = (connection = 'close') => world.sign({ method: 'POST', body: 'hello', connection })

  test.each([
    ['length and chunks', 'Content-Length: 5\r\nTransfer-Encoding: chunked', '5\r\nhello\r\n0\r\n\r\n'],
    ['length and chunks that end early', 'Content-Length: 5\r\nTransfer-Encoding: chunked', '0\r\n\r\n'],
    ['chunks and length', 'Transfer-Encoding: chunked\r\nContent-Length: 5', 'hello'],
    ['two lengths', 'Content-Length: 5\r\nContent-Length: 6', 'hello!'],
    ['the same length twice', 'Content-Length: 5\r\nContent-Length: 5', 'hello'],
    ['a list of lengths', 'Content-Length: 5, 5', 'hello'],
    ['a signed length', 'Content-Length: +5', 'hello'],
    ['an unknown encoding', 'Transfer-Encoding: xchunked', '5\r\nhello\r\n0\r\n\r\n'],
    ['chunked twice', 'Transfer-Encoding: chunked, chunked', '5\r\nhello\r\n0\r\n\r\n'],
    ['chunked in two lines', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity', '5\r\nhello\r\n0\r\n\r\n'],
    ['a space before the colon', 'Transfer-Encoding : chunked', '5\r\nhello\r\n0\r\n\r\n'],
    ['a vertical tab in the encoding', 'Transfer-Encoding: \x0bchunked', '5\r\nhello\r\n0\r\n\r\n'],
    ['a chunk extension', 'Transfer-Encoding: chunked', '5;a=b\r\nhello\r\n0\r\n\r\n'],
    ['a chunk size that overflows', 'Transfer-Encoding: chunked', 'ffffffffffffffff5\r\nhello\r\n0\r\n\r\n'],
  ])('%s: nothing behind the body is taken for a request', async (_name, framing, body) => {
    const bytes = post('keep-alive')
      .replace('Content-Length: 5', framing)
      .replace(/hello$/, '')
    await send(`${bytes}${body}${smuggled.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n')}`)
    expectNothingSmuggled()
  })

  test('a request inside of a signed body is a body', async () => {
    const answer = await world.send(kind, { method: 'POST', body: smuggled })
    expect(answer.statuses).toEqual([200])
    expect(world.backend.served).toMatchObject([{ method: 'POST', body: smuggled }])
    expect(world.backend.arrived).toHaveLength(1)
  })

  test.each(['GET', 'HEAD', 'OPTIONS'])('a body on %s is not served', async (method) => {
    const framings = ['Content-Length: 5\r\n\r\nhello', 'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n']
    for (const framing of framings) {
      const bytes = world.sign({ method }).replace(/\r\n\r\n$/, `\r\n${framing}`)
      const answer = await send(bytes)
      expect([answer.status, answer.code]).toEqual([401, 'body_unexpected'])
    }
    expect(world.backend.served).toEqual([])
    // Caddy tells Countersign nothing about bodies; behind it the library refuses.
    expect(world.backend.arrived).toHaveLength(kind === 'caddy' ? 2 : 0)
  })

  test('a folded header line in the credential is refused', async () => {
    const answer = await send(world.sign().replace(/;created/, '\r\n ;created'))
    expect(answer.status === 400 || answer.code === 'credential_malformed').toBe(true)
    expect(world.backend.arrived).toEqual([])
  })

  test('a folded line cannot bring a header in our name', async () => {
    await send(
      world.sign({
        lines: ['X-Note: a\r\n Countersign-Machine: forged', 'X-Note: b\r\n\tCountersign-Assertion: forged'],
      }),
    )
    for (const { headers } of world.backend.arrived) {
      const ours = headers.filter(([name]) => /countersign/i.test(name))
      expect(ours.filter(([, value]) => value.includes('forged'))).toEqual([])
    }
  })

  test('lines that end in a bare LF mean the same to everyone', async () => {
    const bytes = formatRequest({ target: '/v1/orders', host, lines: ['X-Note: a\nCountersign-Machine: forged'] })
    const answer = await send(bytes)
    expect(answer.status).toBeGreaterThanOrEqual(400)
    const signed = await send(world.sign({ lines: ['X-Note: a\nCountersign-Machine: forged'] }))
    if (signed.status === 200) expect(JSON.stringify(world.backend.arrived)).not.toContain('forged')
    else expect(world.backend.arrived).toEqual([])
  })

  test('a NUL or a bare CR in a header line is refused', async () => {
    for (const line of ['X-Note: a\x00b', 'X-Note: a\rCountersign-Machine: forged', 'X Note: a', ': a']) {
      const answer = await send(world.sign({ lines: [line] }))
      if (answer.status !== 200) continue
      // Envoy takes the CR away and keeps the rest as one value.
      expect(JSON.stringify(world.backend.arrived)).not.toMatch(/\\u0000|\\r/)
      const ours = world.backend.arrived.flatMap(({ headers }) => headers.filter(([name]) => /countersign/i.test(name)))
      expect(JSON.stringify(ours)).not.toContain('forged')
    }
    const unsignedAnswer = await send(formatRequest({ target: '/v1/orders', host, lines: ['X-Note: a\x00b'] }))
    expect(unsignedAnswer.status).toBeGreaterThanOrEqual(400)
  })

  test('a body that is held back until it is asked for (Expect) is served', async () => {
    const answer = await world.send(kind, { method: 'POST', body: 'hello', lines: ['Expect: 100-continue'] })
    expect(answer.statuses).toContain(200)
    expect(world.backend.served).toMatchObject([{ body: 'hello' }])
  })

  test('HTTP/1.0 without a credential is refused', async () => {
    const answer = await send(formatRequest({ target: '/v1/orders', host }).replace('HTTP/1.1', 'HTTP/1.0'))
    // Envoy wants HTTP/1.1.
    if (answer.status !== 426) expect(answer.code).toBe('credential_missing')
    expect(world.backend.arrived).toEqual([])
  })
})
