import { connect } from 'node:net'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseId } from '@/lib/domain/ids'
import { makeRequest, prepareService, type PreparedService } from '../setup/prepare-service'
import { startServer } from '../setup/start-server'
import type { TestMachine, TestRequest } from '../setup/test-machine'
import { freePort } from '../setup/free-port'
import {
  askEnvoyHttp,
  openCheckClient,
  toAnswer,
  toCheckMessage,
  type CheckClient,
  type EnvoyAnswer,
  type EnvoyQuestion,
} from './support/ask-envoy'
import { openWorld, type World } from './support/open-world'
import { exchangeRaw } from './support/raw-http'

/** Both forms of Envoy's external authorization, asked as Envoy's sources say that it asks. */
let world: World
let service: PreparedService
let machine: TestMachine
let grpcPort: number
let client: CheckClient

beforeAll(async () => {
  grpcPort = await freePort()
  const environment = { COUNTERSIGN_GRPC_PORT: String(grpcPort), COUNTERSIGN_ENVOY_DEADLINE_MS: '2000' }
  world = await openWorld('postgresql', { environment })
  service = await prepareService(world.server(), { profile: 'envoy' })
  machine = await service.enroll()
  client = openCheckClient(grpcPort)
})
afterAll(async () => {
  client?.close()
  await world?.close()
})

type Ask = (question: EnvoyQuestion) => Promise<EnvoyAnswer>
const transports: readonly (readonly [string, Ask])[] = [
  ['HTTP', (question) => askEnvoyHttp(world.server().port, question)],
  ['gRPC', (question) => client.ask(question)],
]

/** A good question; whatever is denied below is denied for what was changed. */
function question(changes: Partial<EnvoyQuestion> = {}, signed: Partial<TestRequest> = {}): EnvoyQuestion {
  const sent = makeRequest(machine, { target: '/v1/orders', authority: service.authority, ...signed })
  const { method, target, authority, headers } = sent
  return { slug: 'orders', key: service.gatewayKey, method, target, authority, headers, ...changes }
}

const post = (body: string, covered: readonly [string, string][] = []) =>
  question({ body: Buffer.from(body) }, { method: 'POST', body: Buffer.from(body), headers: covered })

const contentOf = ({ headers }: EnvoyAnswer) => {
  const [, claims = ''] = (headers.get('countersign-assertion') ?? '').split('.')
  return (JSON.parse(Buffer.from(claims, 'base64url').toString()) as { content?: string }).content
}

describe.each(transports)('over %s', (_name, ask) => {
  test('a request is allowed once, with what the backend needs, and the client’s copies are taken away', async () => {
    const asked = question()
    const forged = [
      ['Countersign-Problem', 'x'],
      ['countersign_machine', 'x'],
      ['Countersign.Assertion', 'x'],
    ] as const
    const answer = await ask({ ...asked, headers: [...asked.headers, ...forged] })
    expect([answer.status, answer.code]).toEqual([200, 'allowed'])
    expect(answer.headers.get('countersign-machine')).toBe(machine.id)
    expect(answer.headers.get('countersign-decision')).toMatch(/^dec_/)
    expect(answer.headers.get('countersign-assertion')).toMatch(/^ey/)
    expect([...answer.headersToRemove].sort()).toEqual([
      'countersign-gateway-key',
      'countersign-problem',
      'countersign.assertion',
      'countersign_machine',
    ])
    expect(await ask(asked)).toMatchObject({ status: 401, code: 'credential_replayed' })
  })

  test('each method is decided as what it is', async () => {
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'POST', 'DELETE']) {
      const body = ['POST', 'DELETE'].includes(method) ? { body: Buffer.from('a') } : {}
      expect([method, (await ask(question(body, { method, ...body }))).status]).toEqual([method, 200])
    }
  })

  test('a denial says why, in the form of all gateways', async () => {
    const answer = await ask(question({ headers: [] }))
    expect(answer).toMatchObject({ status: 401, code: 'credential_missing' })
    expect(answer.headers.get('www-authenticate')).toBe('Countersign')
    expect(answer.headers.get('accept-signature')).toContain('"@authority"')
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })

  test.each<[string, () => EnvoyQuestion, string]>([
    ['no key', () => question({ key: undefined }), 'gateway_unknown'],
    ['another key', () => question({ key: `csg_${'A'.repeat(43)}` }), 'gateway_unknown'],
    ['another service', () => question({ slug: 'billing' }), 'service_unknown'],
    ['a target that was not signed', () => question({ target: '/v1/admin' }), 'signature_invalid'],
    ['a query that was not signed', () => question({ target: '/v1/orders?a=b' }), 'signature_invalid'],
    ['a bare question mark', () => question({ target: '/v1/orders?' }), 'credential_malformed'],
    ['a path that is not normal', () => question({ target: '/v1/x/../orders' }), 'credential_malformed'],
    ['the path *', () => question({ target: '*' }), 'credential_malformed'],
    ['another method', () => question({ method: 'OPTIONS' }), 'signature_invalid'],
    [
      'a second line of a covered field',
      () => {
        const asked = question({}, { headers: [['authorization', 'Bearer a']] })
        return { ...asked, headers: [...asked.headers, ['authorization', 'Bearer b']] }
      },
      'credential_malformed',
    ],
    [
      'a field that nobody signed',
      () => {
        const asked = question()
        return { ...asked, headers: [...asked.headers, ['x-api-key', 'stolen']] }
      },
      'component_missing',
    ],
    ['201 lines', () => question({ headers: Array.from({ length: 201 }, () => ['x', 'y']) }), 'credential_malformed'],
  ])('denies %s', async (_what, make, code) => {
    const answer = await ask(make())
    expect([401, 403]).toContain(answer.status)
    expect(answer.code).toBe(code)
  })

  describe('bodies', () => {
    test('that are whole are checked', async () => {
      const answer = await ask(post('two oranges!'))
      expect([answer.status, contentOf(answer)]).toEqual([200, 'checked'])
      expect(await ask({ ...post('two oranges'), body: Buffer.from('two lemons!') })).toMatchObject({
        status: 401,
        code: 'digest_mismatch',
      })
    })

    test('of which a part is sent, or nothing, are the backend’s to check', async () => {
      for (const body of [Buffer.from('two'), undefined]) {
        const answer = await ask({ ...post('two oranges'), body, isPartial: true })
        expect([answer.status, contentOf(answer)]).toEqual([200, 'unchecked'])
      }
    })

    test('whose wholeness only the client vouches for are not checked', async () => {
      // Signed with no body; the client adds one, and the word that Envoy would say, at a gateway that sends no bodies.
      const asked = question({}, { method: 'POST', body: Buffer.alloc(0) })
      const answer = await ask({ ...asked, headers: [...asked.headers, ['x-envoy-auth-partial-body', 'false']] })
      expect([answer.status, contentOf(answer)]).toEqual([200, 'unchecked'])
    })

    test('on GET are refused', async () => {
      expect((await ask(question({ body: Buffer.from('x') }))).code).toBe('body_unexpected')
    })

    test('are demanded by a service that says so', async () => {
      const patch = (bodyBinding: string) => world.server().api('PATCH', '/services/orders', { bodyBinding })
      expect((await patch('required')).status).toBe(200)
      expect((await ask(post('two oranges'))).status).toBe(200)
      expect((await ask({ ...post('two oranges'), isPartial: true })).code).toBe('body_unchecked')
      expect((await ask({ ...post('two oranges'), body: undefined })).code).toBe('body_unchecked')
      expect((await patch('backend')).status).toBe(200)
    })
  })

  describe('from a gateway that merges lines and replaces bytes', () => {
    const merged = { isRaw: false } as const

    test('a request without anything doubtful is allowed', async () => {
      const asked = question(merged, { headers: [['cookie', 'a=1; b=2']] })
      const accept: [string, string] = ['accept', 'text/html, */*!']
      expect((await ask({ ...asked, headers: [...asked.headers, accept] })).status).toBe(200)
    })

    test.each<[string, [string, string], [string, string][]]>([
      // One line was signed; the backend gets two, which merged look the same.
      [
        'lines',
        ['x-api-key', 'a,b'],
        [
          ['x-api-key', 'a'],
          ['x-api-key', 'b'],
        ],
      ],
      [
        'cookies',
        ['cookie', 'a=1,b=2'],
        [
          ['cookie', 'a=1'],
          ['cookie', 'b=2'],
        ],
      ],
      // What was signed holds a mark; the backend gets a byte that the mark stands for.
      ['a byte in a field', ['x-api-key', 'a!b'], [['x-api-key', 'a\xffb']]],
      ['a byte in a cookie', ['cookie', 'a=!'], [['cookie', 'a=\xff']]],
    ])('%s that look like what was signed are refused', async (_what, line, sent) => {
      const asked = question(merged, { headers: [line] })
      const others = asked.headers.filter(([name]) => name.toLowerCase() !== line[0])
      expect((await ask({ ...asked, headers: [...others, ...sent] })).code).toBe('credential_malformed')
    })

    test('a path that looks like what was signed is refused', async () => {
      const asked = question({ ...merged, target: '/v1/a\xffb' }, { target: '/v1/a!b' })
      expect((await ask(asked)).code).toBe('credential_malformed')
    })

    test('a body that looks like what was signed is not called checked', async () => {
      const asked = { ...post('two oranges!'), ...merged, body: Buffer.from('two oranges\xff', 'latin1') }
      const answer = await ask(asked)
      expect([answer.status, contentOf(answer)]).toEqual([200, 'unchecked'])
    })
  })
})

test('over HTTP a body without a mark is checked also where bytes may have been replaced', async () => {
  const answer = await askEnvoyHttp(world.server().port, { ...post('two oranges'), isRaw: false })
  expect([answer.status, contentOf(answer)]).toEqual([200, 'checked'])
})

test('over HTTP a path that names no service, or runs on from its name, is denied', async () => {
  for (const slug of ['orders-', 'orders.x', 'ORDERS', '', 'orders%2f']) {
    expect((await askEnvoyHttp(world.server().port, question({ slug }))).code).toBe('service_unknown')
  }
})

test('over HTTP a body that never comes is a denial in time', async () => {
  const asked = post('two oranges')
  const head = [
    'POST /api/v1/authz/envoy-raw/orders/v1/orders HTTP/1.1',
    ...[...asked.headers, ['countersign-gateway-key', asked.key]].map(([name, value]) => `${name}: ${value}`),
    'content-length: 11',
  ]
  const { responses, elapsedMs } = await exchangeRaw(world.server().port, `${head.join('\r\n')}\r\n\r\ntwo`, 1)
  expect(responses).toMatchObject([{ status: 403 }])
  expect(responses[0]?.headers.get('countersign-problem')).toContain('"unavailable"')
  expect(elapsedMs).toBeLessThan(3_500)
})

test('over gRPC raw bytes of the path count, and not their replacement', async () => {
  const asked = question({ target: '/v1/a\xffb' }, { target: '/v1/a!b' })
  expect((await client.ask(asked)).code).toBe('credential_malformed')
})

test('over gRPC what is no question is denied, and never an error', async () => {
  const messages = [
    Buffer.alloc(0),
    Buffer.from('hello'),
    Buffer.alloc(100_000, 0xff),
    Buffer.alloc(3_000_000, 0x0b),
    { attributes: {} },
    { attributes: { context_extensions: { 'countersign-service': 'orders' } } },
  ]
  for (const message of messages) {
    const answer = toAnswer(await client.check(message, { 'countersign-gateway-key': service.gatewayKey }))
    expect([401, 403]).toContain(answer.status)
    expect(['credential_malformed', 'credential_missing', 'service_unknown']).toContain(answer.code)
  }
})

test('over gRPC service and key stand in one place each', async () => {
  const key = { 'countersign-gateway-key': service.gatewayKey }
  const asked = () => toCheckMessage(question())
  const withExtensions = (extensions: Record<string, string>) => ({
    attributes: { ...asked().attributes, context_extensions: extensions },
  })
  const named = { 'countersign-service': 'orders' }
  for (const [message, metadata, code] of [
    [withExtensions({ ...named, ...key }), {}, 'allowed'],
    [withExtensions(key), named, 'allowed'],
    [withExtensions({}), { ...named, ...key }, 'allowed'],
    [withExtensions({ ...named, ...key }), key, 'credential_malformed'],
    [withExtensions({ ...named, ...key }), named, 'credential_malformed'],
    [withExtensions(key), {}, 'service_unknown'],
  ] as const) {
    expect(toAnswer(await client.check(message, metadata)).code).toBe(code)
  }
})

test('a decision that the database holds up is a denial in time; one under way is answered before the end', async () => {
  const own = await freePort()
  // Another process on the same database: with the deadline of the default.
  const environment = { COUNTERSIGN_GRPC_PORT: String(own) }
  const other = await openWorld('postgresql', { environment })
  const database = new Client({ connectionString: other.place.environment.DATABASE_URL })
  const hasty = openCheckClient(own)
  try {
    const guarded = await prepareService(other.server(), { profile: 'envoy' })
    const slow = await guarded.enroll()
    const ask = () => {
      const { method, target, authority, headers } = makeRequest(slow, { target: '/', authority: 'orders.example' })
      return { slug: 'orders', key: guarded.gatewayKey, method, target, authority, headers }
    }
    await expect.poll(async () => (await hasty.ask(ask())).code, { timeout: 10_000 }).toBe('allowed')
    await database.connect()
    const hold = async () => {
      await database.query('BEGIN')
      await database.query('SELECT 1 FROM machine WHERE id = $1 FOR UPDATE', [parseId('mach', slow.id)])
    }
    await hold()
    for (const transport of [
      (asked: EnvoyQuestion) => hasty.ask(asked),
      (asked: EnvoyQuestion) => askEnvoyHttp(other.server().port, asked),
    ]) {
      const startedMs = performance.now()
      expect(await transport(ask())).toMatchObject({ status: 403, code: 'unavailable' })
      expect(performance.now() - startedMs).toBeLessThan(600)
    }
    await database.query('ROLLBACK')
    await other.server().stop()
    other.servers[0] = await startServer(other.place, {
      port: other.server().port,
      environment: { ...environment, COUNTERSIGN_ENVOY_DEADLINE_MS: '5000' },
    })
    await expect.poll(async () => (await hasty.ask(ask())).code, { timeout: 10_000 }).toBe('allowed')
    await hold()
    const pending = hasty.ask(ask())
    await expect
      .poll(async () => (await database.query('SELECT 1 FROM pg_locks WHERE NOT granted')).rowCount)
      .toBeGreaterThan(0)
    const ended = other.server().stop()
    // The port is closed to others before the call under way is answered.
    await expect.poll(() => takesConnections(own)).toBe(false)
    await database.query('ROLLBACK')
    expect((await pending).code).toBe('allowed')
    expect(await ended).toBe(0)
  } finally {
    hasty.close()
    await database.end()
    await other.close()
  }
})

test('a node for people denies over gRPC too', async () => {
  const own = await freePort()
  const environment = { COUNTERSIGN_GRPC_PORT: String(own), COUNTERSIGN_ROLE: 'console' }
  const people = await openWorld('postgresql', { environment })
  const asking = openCheckClient(own)
  try {
    expect(await asking.ask(question())).toMatchObject({ status: 403, code: 'unavailable' })
  } finally {
    asking.close()
    await people.close()
  }
})

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
