import { createServer, type Server } from 'node:http'
import { createConnection, type AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { computeContentDigest } from '@/lib/protocol'
import { countersignOf, requireCountersign, type AssertionOptions, type CountersignFacts } from '.'
import { TestIssuer } from './testing/test-issuer'

let issuer: TestIssuer
let servers: Server[]
/** What got past the middleware. */
let passed: { countersign: CountersignFacts; streamed: string }[]

beforeEach(() => {
  issuer = new TestIssuer()
  servers = []
  passed = []
})

afterEach(async () => {
  for (const server of servers) {
    await new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  }
})

async function listen(server: Server): Promise<number> {
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

/** A backend behind the middleware; with `issuerKeys` unless told otherwise. */
function startBackend(options: Partial<AssertionOptions> = {}): Promise<number> {
  const trust = 'jwksUrl' in options ? {} : { issuerKeys: [issuer.jwk], issuer: issuer.url }
  const guard = requireCountersign({ service: 'orders', ...trust, ...options } as AssertionOptions)
  return listen(
    createServer((request, response) => {
      guard(request, response, () => {
        let streamed = ''
        request.setEncoding('utf8').on('data', (text: string) => (streamed += text))
        const finish = (): void => {
          passed.push({ countersign: countersignOf(request), streamed })
          response.end('passed')
        }
        request.on('end', finish)
      })
    }),
  )
}

interface Sent {
  method?: string
  target?: string
  lines?: string[]
  body?: string
  /** A body that `lines` have framed. */
  raw?: string
}

function send(
  port: number,
  assertion: string | string[] | undefined,
  sent: Sent = {},
): Promise<{ status: number; code: string | undefined; text: string }> {
  const { method = 'GET', target = '/', lines = [], body, raw } = sent
  const assertions = (assertion === undefined ? [] : [assertion].flat()).map(
    (token) => `Countersign-Assertion: ${token}`,
  )
  const length = body === undefined ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]
  const head = [
    `${method} ${target} HTTP/1.1`,
    'Host: orders.example',
    ...assertions,
    ...length,
    ...lines,
    'Connection: close',
  ]
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: '127.0.0.1', port })
    let text = ''
    socket.setEncoding('latin1').on('data', (part: string) => (text += part))
    socket.once('error', reject)
    socket.once('close', () => {
      const line = /\r\ncountersign-problem: ([^\r]*)\r\n/i.exec(text)?.[1]
      const code = line === undefined ? undefined : (JSON.parse(line) as { code: string }).code
      resolve({ status: Number(text.slice(9, 12)), code, text })
    })
    socket.write(`${head.join('\r\n')}\r\n\r\n${body ?? raw ?? ''}`)
  })
}

describe('what passes', () => {
  test('an assertion for this very request, once', async () => {
    const port = await startBackend()
    const token = issuer.assertion()
    expect((await send(port, token)).status).toBe(200)
    expect(passed[0]?.countersign).toMatchObject({
      machine: { id: 'mach_01jzzzzzzzzzzzzzzzzzzzzzzz', generation: 3 },
      authority: 'orders.example',
      isObserved: false,
    })
    expect(await send(port, token)).toMatchObject({ status: 401, code: 'credential_replayed' })
    expect(passed).toHaveLength(1)
  })

  test('a hundred times at once: one', async () => {
    const port = await startBackend()
    const token = issuer.assertion()
    const answers = await Promise.all(Array.from({ length: 100 }, () => send(port, token)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  })

  test('a body that the gateway has checked stays in its stream', async () => {
    const port = await startBackend()
    const token = issuer.assertion({
      htm: 'POST',
      content: 'checked',
      digest: computeContentDigest(Buffer.from('hello')),
    })
    expect((await send(port, token, { method: 'POST', body: 'hello' })).status).toBe(200)
    expect(passed[0]?.streamed).toBe('hello')
  })

  test('a body that nobody has checked is compared, and read by the handler as ever', async () => {
    const port = await startBackend()
    const digest = computeContentDigest(Buffer.from('hello'))
    const token = issuer.assertion({ htm: 'POST', content: 'unchecked', digest })
    const answer = await send(port, token, { method: 'POST', body: 'hello', lines: [`Content-Digest: ${digest}`] })
    expect(answer.status).toBe(200)
    expect(passed[0]?.streamed).toBe('hello')
  })

  test('a stream whose body the service does not bind', async () => {
    const port = await startBackend()
    const token = issuer.assertion({ htm: 'POST', content: 'none', digest: computeContentDigest(Buffer.from('')) })
    expect((await send(port, token, { method: 'POST', body: 'hello' })).status).toBe(200)
    expect(passed[0]?.streamed).toBe('hello')
  })

  test('what was only observed, where the backend is set to that', async () => {
    const token = issuer.assertion({ outcome: 'observed', sub: 'spiffe://test/unidentified' })
    expect(await send(await startBackend(), token)).toMatchObject({ status: 403, code: 'policy_denied' })
    expect((await send(await startBackend({ observe: true }), token)).status).toBe(200)
    expect(passed[0]?.countersign).toMatchObject({ isObserved: true, machine: undefined })
  })
})

describe('what does not pass', () => {
  const now = (): number => Math.floor(Date.now() / 1_000)
  const cases: [string, () => string | string[] | undefined, Sent?][] = [
    ['no assertion', () => undefined],
    ['an empty one', () => ''],
    ['no token', () => 'nonsense'],
    ['two assertions', () => [issuer.assertion(), issuer.assertion()]],
    ['another key', () => new TestIssuer().assertion()],
    ['another kind of token of the same key', () => issuer.sign(issuer.claims(), 'countersign-renewal+jwt')],
    [
      'a changed claim',
      () =>
        issuer
          .assertion()
          .replace(
            /\.[^.]+\./,
            `.${Buffer.from(JSON.stringify(issuer.claims({ target: '/x' }))).toString('base64url')}.`,
          ),
    ],
    [
      'alg none',
      () =>
        `${Buffer.from(JSON.stringify({ alg: 'none', kid: issuer.jwk.kid, typ: 'countersign-assertion+jwt' })).toString('base64url')}.${issuer.assertion().split('.')[1] ?? ''}.`,
    ],
    ['another issuer', () => issuer.assertion({ iss: 'https://evil.example' })],
    ['another service', () => issuer.assertion({ aud: 'stock' })],
    ['another method', () => issuer.assertion({ htm: 'POST' })],
    ['another path', () => issuer.assertion({ target: '/admin' })],
    ['another query', () => issuer.assertion(), { target: '/?a' }],
    ['a target in another spelling', () => issuer.assertion({ target: '/a' }), { target: '/%61' }],
    ['an absolute-form target', () => issuer.assertion(), { target: 'http://orders.example/' }],
    ['another host', () => issuer.assertion({ authority: 'stock.example' })],
    ['too old', () => issuer.assertion({ iat: now() - 30, exp: now() - 20 })],
    ['from the future', () => issuer.assertion({ iat: now() + 30, exp: now() + 40 })],
    ['valid for a year', () => issuer.assertion({ exp: now() + 31_536_000 })],
    ['an unknown claim', () => issuer.sign({ ...issuer.claims(), only: 'monday' })],
    ['a body where none was signed', () => issuer.assertion({ htm: 'POST' }), { method: 'POST', body: 'x' }],
    ['a chunked body where none was signed', () => issuer.assertion(), { lines: ['Transfer-Encoding: chunked'] }],
    [
      'an unchecked body without a digest',
      () => issuer.assertion({ htm: 'POST', content: 'unchecked' }),
      { method: 'POST', body: 'x' },
    ],
    [
      'an unchecked body with two digests',
      () => issuer.assertion({ htm: 'POST', content: 'unchecked' }),
      {
        method: 'POST',
        body: 'x',
        lines: [1, 2].map(() => `Content-Digest: ${computeContentDigest(Buffer.from('x'))}`),
      },
    ],
    [
      'another body than its digest',
      () => issuer.assertion({ htm: 'POST', content: 'unchecked' }),
      { method: 'POST', body: 'y', lines: [`Content-Digest: ${computeContentDigest(Buffer.from('x'))}`] },
    ],
    [
      'another body with a digest of its own',
      () => issuer.assertion({ htm: 'POST', content: 'unchecked', digest: computeContentDigest(Buffer.from('x')) }),
      { method: 'POST', body: 'y', lines: [`Content-Digest: ${computeContentDigest(Buffer.from('y'))}`] },
    ],
  ]

  test.each(cases)('%s', async (_name, token, sent) => {
    const port = await startBackend({ authorities: ['orders.example'] })
    const answer = await send(port, token(), sent)
    expect([401, 403]).toContain(answer.status)
    expect(answer.code).toMatch(/^[a-z_]+$/)
    expect(answer.text).toContain('application/problem+json')
    expect(passed).toEqual([])
  })

  test.each([
    ['by its length', 'Content-Length: 101', ''],
    ['in chunks', 'Transfer-Encoding: chunked', `65\r\n${'x'.repeat(101)}\r\n0\r\n\r\n`],
  ])('a body over the limit, %s', async (_name, framing, raw) => {
    const port = await startBackend({ maxBodyBytes: 100 })
    const digest = computeContentDigest(Buffer.from('x'.repeat(101)))
    const token = issuer.assertion({ htm: 'POST', content: 'unchecked', digest })
    const answer = await send(port, token, { method: 'POST', lines: [`Content-Digest: ${digest}`, framing], raw })
    expect(answer).toMatchObject({ status: 413, code: 'request_too_large' })
    expect(passed).toEqual([])
  })

  test('more assertions than can be remembered; room comes back with time', async () => {
    let nowMs = Date.now()
    const port = await startBackend({ maxRememberedAssertions: 2, nowMs: () => nowMs })
    for (const expected of [200, 200, 403]) expect((await send(port, issuer.assertion())).status).toBe(expected)
    nowMs += 16_000
    const iat = Math.floor(nowMs / 1_000)
    expect((await send(port, issuer.assertion({ iat, exp: iat + 10 }))).status).toBe(200)
  })

  test('options that could not protect anything are refused at once', () => {
    const bad = [
      { service: 'Not A Slug', issuerKeys: [issuer.jwk], issuer: issuer.url },
      { service: 'orders', issuerKeys: [], issuer: issuer.url },
      { service: 'orders', issuerKeys: [{ kty: 'oct', k: 'AAAA' }], issuer: issuer.url },
      { service: 'orders', jwksUrl: 'http://countersign.example/.well-known/jwks.json' },
      { service: 'orders', jwksUrl: 'file:///etc/passwd' },
    ]
    for (const options of bad) expect(() => requireCountersign(options), JSON.stringify(options)).toThrow(TypeError)
  })
})

describe('keys from the service’s JWKS', () => {
  let fetches: number
  let answer: () => { status: number; body: string }
  let jwksUrl: string
  let nowMs: number

  beforeEach(async () => {
    fetches = 0
    nowMs = Date.now()
    answer = () => ({ status: 200, body: JSON.stringify({ keys: [{ ...issuer.jwk, use: 'sig', alg: 'ES256' }] }) })
    const port = await listen(
      createServer((_request, response) => {
        fetches += 1
        const { status, body } = answer()
        response.writeHead(status, { Location: '/' }).end(body)
      }),
    )
    jwksUrl = `http://127.0.0.1:${port}/.well-known/jwks.json`
  })

  const options = () => ({ jwksUrl, issuer: issuer.url, nowMs: () => nowMs })

  test('are fetched once for many requests', async () => {
    const port = await startBackend(options())
    const answers = await Promise.all(Array.from({ length: 20 }, () => send(port, issuer.assertion())))
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200))
    expect(fetches).toBe(1)
  })

  test('are fetched again for a key that is not among them, at most once in ten seconds', async () => {
    const port = await startBackend(options())
    await send(port, issuer.assertion())
    for (let count = 0; count < 5; count += 1) {
      expect(await send(port, new TestIssuer().assertion())).toMatchObject({ status: 401, code: 'signature_invalid' })
    }
    expect(fetches).toBe(1)
    nowMs += 11_000
    const before = issuer
    issuer = new TestIssuer()
    const iat = Math.floor(nowMs / 1_000)
    expect((await send(port, issuer.assertion({ iat, exp: iat + 10 }))).status).toBe(200)
    expect(fetches).toBe(2)
    expect((await send(port, before.assertion({ iat, exp: iat + 10 }))).status).toBe(401)
  })

  test('that were had once are good while the service is away, and for a day', async () => {
    const port = await startBackend(options())
    await send(port, issuer.assertion())
    answer = () => ({ status: 500, body: '' })
    const at = (ms: number) => ({ iat: Math.floor(ms / 1_000), exp: Math.floor(ms / 1_000) + 10 })
    nowMs += 3_600_000
    expect((await send(port, issuer.assertion(at(nowMs)))).status).toBe(200)
    nowMs += 24 * 3_600_000
    expect(await send(port, issuer.assertion(at(nowMs)))).toMatchObject({ status: 403, code: 'unavailable' })
  })

  test.each([
    ['a fault', { status: 500, body: '{}' }],
    ['a redirect', { status: 302, body: '' }],
    ['no JSON', { status: 200, body: '<html>' }],
    ['no keys', { status: 200, body: '{"keys":[]}' }],
    ['keys that are none', { status: 200, body: '{"keys":[null,1,{"kty":"RSA"}]}' }],
    ['a megabyte', { status: 200, body: ' '.repeat(1_000_000) }],
  ])('with %s for an answer nothing passes', async (_name, fault) => {
    answer = () => fault
    const port = await startBackend(options())
    expect(await send(port, issuer.assertion())).toMatchObject({ status: 403, code: 'unavailable' })
    expect(passed).toEqual([])
  })

  test('a key goes by its own thumbprint, whatever name the list gives it', async () => {
    const other = new TestIssuer()
    answer = () => ({ status: 200, body: JSON.stringify({ keys: [{ ...other.jwk, kid: issuer.jwk.kid }] }) })
    const port = await startBackend(options())
    expect(await send(port, issuer.assertion())).toMatchObject({ status: 401, code: 'signature_invalid' })
  })
})
