import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { computeContentDigest, type HttpField } from '@/lib/protocol'
import { parseRequestUrl } from '../http/parse-request-url'
import { openTestMachine } from '../testing/open-test-machine'
import { codeOf, sendRaw, statusOf } from '../testing/send-raw'
import { startGatedBackend, type GatedBackend } from '../testing/start-gated-backend'
import { startTestService, type TestService } from '../testing/start-test-service'

const MAX_BODY_BYTES = 1_000

let service: TestService
let gated: GatedBackend
let caller: Awaited<ReturnType<typeof openTestMachine>>

beforeEach(async () => {
  service = await startTestService()
  gated = await startGatedBackend(service, { maxBodyBytes: MAX_BODY_BYTES })
  caller = await openTestMachine(service)
  await caller.machine.renew()
})

afterEach(async () => {
  await caller.close()
  await gated.close()
  await service.close()
})

interface RawOptions {
  method?: string
  target?: string
  headers?: HttpField[]
  body?: string
  /** Lines that the credential knows nothing of. */
  extra?: string[]
  host?: string
  requestTarget?: string
}

/** A countersigned request as bytes, with whatever a test adds to them afterwards. */
async function countersigned(options: RawOptions = {}): Promise<string> {
  const { method = 'GET', target = '/', headers = [], body } = options
  const digest =
    body === undefined ? [] : ([['Content-Digest', computeContentDigest(Buffer.from(body))]] as HttpField[])
  const all = [...headers, ...digest]
  const credential = await caller.machine.sign({ method, headers: all, ...parseRequestUrl(`${gated.url}${target}`) })
  const lines = [...all, ...credential].map(([name, value]) => `${name}: ${value}`)
  if (body !== undefined) lines.push(`Content-Length: ${Buffer.byteLength(body)}`)
  const head = [
    `${method} ${options.requestTarget ?? target} HTTP/1.1`,
    `Host: ${options.host ?? gated.authority}`,
    ...lines,
    ...(options.extra ?? []),
    ...(options.extra?.some((line) => line.startsWith('Connection:')) === true ? [] : ['Connection: close']),
  ]
  return `${head.join('\r\n')}\r\n\r\n${body ?? ''}`
}

const send = async (options: RawOptions = {}): Promise<string> => sendRaw(gated.port, await countersigned(options))
const plain = (line: string, ...lines: string[]): string =>
  `${[line, `Host: ${gated.authority}`, ...lines, 'Connection: close'].join('\r\n')}\r\n\r\n`
const asks = (): number => service.calls.filter((call) => call.endsWith('/verify')).length

/** What the backend got under a name, in any spelling that could be taken for it. */
const received = (name: string): string[] =>
  (gated.seen.at(-1)?.headers ?? [])
    .filter(([seen]) => seen.toLowerCase().replace(/[^a-z0-9]/g, '-') === name)
    .map(([, value]) => value)

describe('what passes', () => {
  test('a countersigned request, with the machine, the decision and the assertion for the backend', async () => {
    const answer = await send({ target: '/v1/a;b=c?x=%2F&y', headers: [['Authorization', 'Bearer t']] })
    expect(statusOf(answer)).toBe(200)
    expect(answer).toContain('X-Backend: yes')
    expect(gated.seen[0]).toMatchObject({ method: 'GET', url: '/v1/a;b=c?x=%2F&y' })
    const { id } = service.deployment.machine()
    expect(received('countersign-machine')).toEqual([id])
    expect(received('countersign-decision')[0]).toMatch(/^dec_/)
    expect(received('countersign-assertion')[0]?.split('.')).toHaveLength(3)
    expect(received('authorization')).toEqual(['Bearer t'])
    expect(received('host')).toEqual([gated.authority])
  })

  test('once: the same bytes again are denied as a replay, with the verifier’s own words', async () => {
    const bytes = await countersigned()
    expect(statusOf(await sendRaw(gated.port, bytes))).toBe(200)
    const replay = await sendRaw(gated.port, bytes)
    expect([statusOf(replay), codeOf(replay)]).toEqual([401, 'credential_replayed'])
    expect(replay).toContain('"code":"credential_replayed"')
    expect(gated.seen).toHaveLength(1)
  })

  test.each(['POST', 'PUT', 'PATCH', 'DELETE'])('%s with a body, its length made by the gate', async (method) => {
    expect(statusOf(await send({ method, body: 'hello' }))).toBe(200)
    expect(gated.seen[0]?.body.toString()).toBe('hello')
    expect(received('content-length')).toEqual(['5'])
  })

  test('a chunked body, whole and with a length', async () => {
    const bytes = await countersigned({ method: 'POST', body: 'hello' })
    const chunked = bytes
      .replace(/Content-Length: 5\r\n/, 'Transfer-Encoding: chunked\r\n')
      .replace(/hello$/, '2\r\nhe\r\n3\r\nllo\r\n0\r\nX-Trailer: t\r\n\r\n')
    expect(statusOf(await sendRaw(gated.port, chunked))).toBe(200)
    expect(gated.seen[0]?.body.toString()).toBe('hello')
    expect([received('transfer-encoding'), received('x-trailer')]).toEqual([[], []])
  })

  test('an absolute-form target of the right host, which reaches the backend in origin-form', async () => {
    const answer = await send({ target: '/a?b', requestTarget: `http://${gated.authority}/a?b` })
    expect(statusOf(answer)).toBe(200)
    expect(gated.seen[0]?.url).toBe('/a?b')
  })

  test('HEAD and OPTIONS with a credential', async () => {
    for (const method of ['HEAD', 'OPTIONS']) expect(statusOf(await send({ method }))).toBe(200)
    expect(gated.seen.map(({ method }) => method)).toEqual(['HEAD', 'OPTIONS'])
  })

  test('a body that the client holds back until it is asked for (Expect: 100-continue)', async () => {
    const answer = await send({ method: 'POST', body: 'hello', extra: ['Expect: 100-continue'] })
    expect(answer).toMatch(/^HTTP\/1\.1 100 /)
    expect(statusOf(answer)).toBe(200)
    expect(received('expect')).toEqual([])
  })

  test('an answer as it is: status, several lines of a field, a long body piece by piece', async () => {
    gated.answer = (_request, response) => {
      response.writeHead(
        418,
        'Short and stout',
        [
          ['Set-Cookie', 'a=1'],
          ['Set-Cookie', 'b=2'],
          ['Connection', 'x-hop'],
          ['X-Hop', 'gone'],
        ].flat(),
      )
      for (let count = 0; count < 100; count += 1) response.write('x'.repeat(10_000))
      response.end()
    }
    const answer = await send()
    expect(answer).toMatch(/^HTTP\/1\.1 418 Short and stout\r\n/)
    expect(answer).toContain('Set-Cookie: a=1\r\nSet-Cookie: b=2')
    expect(answer).not.toContain('X-Hop')
    expect(answer.match(/x/g)?.length).toBeGreaterThanOrEqual(1_000_000)
  })

  test('a gate that is an enrolled machine asks with a signature of its own', async () => {
    const gate = await openTestMachine(service)
    await gate.machine.renew()
    const other = await startGatedBackend(service, { identity: { kind: 'machine', machine: gate.machine } })
    service.deployment.gatewayKeys.clear()
    await caller.machine.renew()
    const credential = await caller.machine.sign({ method: 'GET', headers: [], ...parseRequestUrl(`${other.url}/`) })
    expect((await fetch(`${other.url}/`, { headers: credential as [string, string][] })).status).toBe(200)
    const call = service.bodies.findLast(({ path }) => path.endsWith('/verify'))
    expect(call?.headers['signature-input']).toContain('tag="countersign-gateway"')
    await other.close()
    await gate.close()
  })
})

describe('what a client sends in our name', () => {
  const forged = [
    'Countersign-Assertion: forged',
    'countersign_assertion: forged',
    'COUNTERSIGN.ASSERTION: forged',
    'Countersign_Machine: forged',
    'countersign-decision: forged',
    'Countersign-Anything: forged',
    'countersign+machine: forged',
    'Countersign-Gateway-Key: forged',
  ]

  test('never reaches the backend, nor the verifier', async () => {
    expect(statusOf(await send({ extra: forged }))).toBe(200)
    const values = gated.seen[0]?.headers.map(([, value]) => value)
    expect(values).not.toContain('forged')
    expect(JSON.stringify(service.bodies.at(-1)?.body)).not.toContain('forged')
  })

  test('Connection: close, Countersign-Assertion does not take the assertion away', async () => {
    const answer = await send({
      extra: ['Connection: close, Countersign-Assertion, countersign-machine, X-Drop', 'X-Drop: gone'],
    })
    expect(statusOf(answer)).toBe(200)
    expect(received('countersign-assertion')).toHaveLength(1)
    expect(received('countersign-machine')).toHaveLength(1)
    expect(received('x-drop')).toEqual([])
  })

  test('Connection that would take a covered field away is denied', async () => {
    const answer = await send({ headers: [['Authorization', 'Bearer t']], extra: ['Connection: close, authorization'] })
    expect([statusOf(answer), codeOf(answer)]).toEqual([401, 'component_missing'])
    expect(gated.seen).toEqual([])
  })

  test('fields of this hop end here, and the gate’s key goes nowhere but to the verifier', async () => {
    const extra = [
      'Keep-Alive: timeout=5',
      'TE: trailers',
      'Proxy-Authorization: x',
      'Upgrade: h2c',
      'Proxy-Connection: x',
      'Connection: close',
    ]
    expect(statusOf(await send({ extra }))).toBe(200)
    for (const name of ['keep-alive', 'te', 'proxy-authorization', 'upgrade', 'proxy-connection']) {
      expect(received(name)).toEqual([])
    }
    expect(JSON.stringify(gated.seen)).not.toContain(gated.gatewayKey)
    expect(service.bodies.at(-1)?.headers['countersign-gateway-key']).toBe(gated.gatewayKey)
  })
})

describe('what does not pass', () => {
  const denials: [string, () => string | Promise<string>][] = [
    ['no credential', () => plain('GET / HTTP/1.1')],
    [
      'OPTIONS without a credential, as browsers ask before a call',
      () => plain('OPTIONS / HTTP/1.1', 'Origin: https://a', 'Access-Control-Request-Method: POST'),
    ],
    ['HEAD without a credential', () => plain('HEAD / HTTP/1.1')],
    ['a health check’s user agent', () => plain('GET /healthz HTTP/1.1', 'User-Agent: kube-probe/1.30')],
    [
      'Upgrade without a credential',
      () => `GET / HTTP/1.1\r\nHost: ${gated.authority}\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n`,
    ],
    ['CONNECT', () => `CONNECT ${gated.authority} HTTP/1.1\r\nHost: ${gated.authority}\r\n\r\n`],
    ['TRACE', () => plain('TRACE / HTTP/1.1')],
    ['the asterisk', () => plain('OPTIONS * HTTP/1.1')],
    ['an unknown method', () => plain('BREW / HTTP/1.1')],
    ['a lower-case method', () => plain('get / HTTP/1.1')],
    ['no Host', () => 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n'],
    ['two Hosts', () => countersigned({ extra: ['Host: evil.example'] })],
    ['another Host', () => countersigned({ host: 'evil.example' })],
    [
      'an absolute-form target with a foreign Host',
      () => countersigned({ requestTarget: `http://${gated.authority}/`, host: 'evil.example' }),
    ],
    ['an absolute-form target of a foreign host', () => countersigned({ requestTarget: 'http://evil.example/' })],
    ['another path than was signed', () => countersigned({ requestTarget: '/admin' })],
    ['a query that was not signed', () => countersigned({ requestTarget: '/?x=1' })],
    ['dot segments', () => countersigned({ target: '/public', requestTarget: '/public/../admin' })],
    ['encoded dot segments', () => countersigned({ target: '/public', requestTarget: '/%2e%2e/admin' })],
    ['an empty segment', () => countersigned({ requestTarget: '//' })],
    ['a bare question mark', () => countersigned({ requestTarget: '/?' })],
    ['a fragment', () => countersigned({ requestTarget: '/#x' })],
    ['a backslash', () => countersigned({ requestTarget: '/\\' })],
    ['two Signature lines', () => countersigned({ extra: ['Signature: cs=:AAAA:'] })],
    ['two Signature-Input lines', () => countersigned({ extra: ['Signature-Input: cs=("@method")'] })],
    ['a folded field', () => countersigned({ extra: ['Signature: x', ' y'] })],
    ['a first factor that was not signed', () => countersigned({ extra: ['Authorization: Bearer stolen'] })],
    ['another body', async () => (await countersigned({ method: 'POST', body: 'hello' })).replace(/hello$/, 'hallo')],
    ['a body with GET', () => countersigned({ extra: ['Content-Length: 3'] }).then((bytes) => `${bytes}abc`)],
    [
      'a chunked body with GET',
      () => countersigned({ extra: ['Transfer-Encoding: chunked'] }).then((bytes) => `${bytes}3\r\nabc\r\n0\r\n\r\n`),
    ],
    [
      'a method that was not signed',
      async () => (await countersigned({ method: 'POST', body: '' })).replace('POST', 'PUT'),
    ],
    ['both lengths', () => countersigned({ method: 'POST', body: 'hello', extra: ['Transfer-Encoding: chunked'] })],
    ['an Expect that is not 100-continue', () => countersigned({ extra: ['Expect: a-miracle'] })],
    ['not HTTP at all', () => 'hello\r\n\r\n'],
    ['201 header lines', () => countersigned({ extra: Array.from({ length: 201 }, (_, index) => `X-${index}: 1`) })],
    ['a header of 100 kB', () => countersigned({ extra: [`X-Big: ${'x'.repeat(100_000)}`] })],
  ]

  test.each(denials)('%s', async (_name, make) => {
    const answer = await sendRaw(gated.port, await make())
    expect([401, 403]).toContain(statusOf(answer))
    expect(codeOf(answer)).toMatch(/^[a-z_]+$/)
    expect(answer).toMatch(/cache-control: no-store/i)
    expect(gated.seen).toEqual([])
  })

  test('a chunk whose digest is another algorithm’s is compared by the gate itself', async () => {
    const wrong = `sha-512=:${Buffer.alloc(64).toString('base64')}:`
    const headers: HttpField[] = [['Content-Digest', `${computeContentDigest(Buffer.from('hello'))}, ${wrong}`]]
    const credential = await caller.machine.sign({ method: 'POST', headers, ...parseRequestUrl(`${gated.url}/`) })
    const lines = [...headers, ...credential].map(([name, value]) => `${name}: ${value}`)
    const answer = await sendRaw(
      gated.port,
      `POST / HTTP/1.1\r\nHost: ${gated.authority}\r\n${lines.join('\r\n')}\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello`,
    )
    expect([statusOf(answer), codeOf(answer)]).toEqual([401, 'digest_mismatch'])
    expect(gated.seen).toEqual([])
  })

  test('a request that hides behind an allowed one on the same connection', async () => {
    const first = (await countersigned({ method: 'POST', body: 'hello' })).replace('Connection: close', 'X: y')
    const answer = await sendRaw(gated.port, `${first}${plain('GET /admin HTTP/1.1')}`)
    expect(answer.match(/HTTP\/1\.1 200/g)).toHaveLength(1)
    expect(answer.match(/HTTP\/1\.1 401/g)).toHaveLength(1)
    expect(gated.seen.map(({ url }) => url)).toEqual(['/'])
  })

  test.each([
    ['by its length', 'POST', (length: number) => [`Content-Length: ${length}`], 'x'.repeat(MAX_BODY_BYTES + 1)],
    ['by its length, held back', 'POST', (length: number) => [`Content-Length: ${length}`, 'Expect: 100-continue'], ''],
    [
      'in chunks',
      'POST',
      () => ['Transfer-Encoding: chunked'],
      `${(MAX_BODY_BYTES + 1).toString(16)}\r\n${'x'.repeat(MAX_BODY_BYTES + 1)}\r\n`,
    ],
  ])('a body over the limit, %s, is neither let through nor asked about', async (_name, method, lines, body) => {
    const answer = await sendRaw(gated.port, `${plain(`${method} / HTTP/1.1`, ...lines(MAX_BODY_BYTES + 1))}${body}`)
    expect([statusOf(answer), codeOf(answer)]).toEqual([413, 'request_too_large'])
    expect([gated.seen.length, asks()]).toEqual([0, 0])
  })

  test('a body at the limit passes', async () => {
    expect(statusOf(await send({ method: 'POST', body: 'x'.repeat(MAX_BODY_BYTES) }))).toBe(200)
  })
})

describe('without a decision', () => {
  const faults: [string, () => void | Promise<void>][] = [
    ['is down', () => service.pause()],
    ['never answers', () => void (service.fault = () => 'hang')],
    ['breaks off', () => void (service.fault = () => 'drop-before')],
    ['breaks off after it has decided', () => void (service.fault = () => 'drop-after')],
    ['answers 204', () => void (service.fault = () => ({ status: 204 }))],
    ['answers 200 with nothing', () => void (service.fault = () => ({ status: 200 }))],
    ['answers 200 with another page', () => void (service.fault = () => ({ status: 200, body: '<html>' }))],
    ['answers 200 without a decision', () => void (service.fault = () => ({ status: 200, body: '{}' }))],
    [
      'answers 200 with a line break in an id',
      () =>
        void (service.fault = () => ({
          status: 200,
          body: JSON.stringify({ decisionId: 'a\r\nX: y', machine: { id: 'm' } }),
        })),
    ],
    [
      'answers 201',
      () => void (service.fault = () => ({ status: 201, body: '{"decisionId":"dec_1","machine":{"id":"m"}}' })),
    ],
    ['redirects', () => void (service.fault = () => ({ status: 302, headers: { Location: '/' } }))],
    ['answers 400', () => void (service.fault = () => ({ status: 400, body: '{"code":"request_malformed"}' }))],
    ['answers 500', () => void (service.fault = () => ({ status: 500, body: '{"code":"internal_error"}' }))],
    ['answers 503', () => void (service.fault = () => ({ status: 503, body: '{"code":"overloaded"}' }))],
    ['denies without a word', () => void (service.fault = () => ({ status: 403 }))],
    ['answers with a megabyte', () => void (service.fault = () => ({ status: 200, body: ' '.repeat(1_000_000) }))],
  ]

  test.each(faults)(
    'because the verification service %s, nothing passes: 403 unavailable, within two seconds',
    async (_name, act) => {
      const bytes = await countersigned()
      await act()
      const started = performance.now()
      const answer = await sendRaw(gated.port, bytes)
      expect([statusOf(answer), codeOf(answer)]).toEqual([403, 'unavailable'])
      expect(performance.now() - started).toBeLessThan(2_000)
      expect(gated.seen).toEqual([])
      expect(gated.log.join('\n')).toContain('unavailable')
      service.fault = () => undefined
      if (service.calls.length === 0 || _name === 'is down') await service.resume()
      expect(statusOf(await send())).toBe(200)
    },
  )

  test('a gate whose key is not known says so to its operator, and the client gets a denial', async () => {
    service.deployment.gatewayKeys.clear()
    const answer = await send()
    expect([statusOf(answer), codeOf(answer)]).toEqual([403, 'gateway_unknown'])
    expect(gated.log.join('\n')).toContain('gateway_unknown')
  })

  test('an allowed request whose backend is away is answered 502, not as a denial', async () => {
    await gated.closeBackend()
    const answer = await send()
    expect([statusOf(answer), codeOf(answer)]).toEqual([502, undefined])
  })

  test('an answer that breaks off in the middle is broken off for the client too', async () => {
    gated.answer = (request, response) => {
      response.writeHead(200, { 'Content-Length': '1000' })
      response.write('half', () => request.socket.destroy())
    }
    const answer = await send()
    expect(answer).toContain('half')
    expect(answer.endsWith('half')).toBe(true)
  })
})

describe('many at once', () => {
  test('every request gets its own decision and its own answer', async () => {
    gated.answer = (request, response) => response.end(request.url)
    const paths = Array.from({ length: 200 }, (_, index) => `/${index}`)
    const answers = await Promise.all(paths.map((target) => send({ target })))
    expect(answers.map((answer) => /\/\d+$/.exec(answer)?.[0] ?? answer.split('\r\n\r\n')[1])).toEqual(paths)
  })
})
