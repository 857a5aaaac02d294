import { Server, ServerCredentials, status } from '@grpc/grpc-js'
import { createConnection } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { prepareService } from '../setup/prepare-service'
import { freePort } from '../setup/free-port'
import { checkMethod, type CheckReply } from '../verification/support/external-auth'
import { startGateway, type GatewayPlace } from './gateway-kinds'
import { host, openGatewayWorld, type GatewayWorld } from './gateway-world'
import { formatRequest, sendRaw } from './raw-http'
import type { Replacement } from './read-recipe'

/** What is Envoy's own: its switch that opens, its gRPC, its bodies. */
let world: GatewayWorld
const kinds = ['envoy', 'envoy-grpc'] as const
type Kind = (typeof kinds)[number]

beforeAll(async () => {
  world = await openGatewayWorld({ kinds })
})
beforeEach(() => world.backend.forget())
afterAll(() => world?.close())

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function start(kind: Kind, changes: Partial<GatewayPlace>): Promise<number> {
  const gateway = await startGateway[kind]({ ...world.place(kind), ...changes })
  cleanups.push(() => gateway.stop())
  return gateway.port
}

const unsigned = formatRequest({ target: '/v1/orders', host })
const switchedOpen: Replacement = ['failure_mode_allow: false', 'failure_mode_allow: true']
const withoutGuard: Replacement = [
  `                            headers:
                              - name: countersign-assertion
                                string_match: { safe_regex: { regex: '[\\w-]+\\.[\\w-]+\\.[\\w-]+' } }
`,
  '',
]

describe.each(kinds)('behind %s', (kind) => {
  test('no answer of Countersign opens an Envoy that opens on failures and believes any yes', async () => {
    const port = await start(kind, { edit: [switchedOpen, withoutGuard] })
    const used = world.sign()
    expect((await sendRaw(port, used)).status).toBe(200)
    world.backend.forget()
    const revoked = await world.service.enroll('revoked')
    const late = world.sign({}, revoked)
    expect((await world.server.api('POST', `/machines/${revoked.id}/revoke`, { reason: 'test' })).status).toBe(200)
    const signed = { target: '/v1/orders' }
    const denied = [
      unsigned,
      used,
      late,
      ...['HEAD', 'OPTIONS', 'DELETE'].map((method) => formatRequest({ method, target: '/v1/orders', host })),
      ...['/v1/x/../orders', '/v1/orders%00', '/v1/orders?', '//v1/orders', '/v1/a!b'].map((target) =>
        world.sign({ target, signed }),
      ),
      world.sign({ method: 'POST', body: 'two lemons!', signed: { body: 'two oranges' } }),
      world.sign({ lines: Array.from({ length: 220 }, (_unused, index) => `X-Line-${index}: a`) }),
      world.sign({ lines: [`X-Long: ${'a'.repeat(50_000)}`, 'Authorization: Bearer stolen'] }),
      world.sign({ target: `/v1/${'a'.repeat(20_000)}`, signed }),
      world.sign().replace('tag="countersign"', 'tag="countersign";x="\xff"'),
      world.sign({ connection: 'close, Upgrade', lines: ['Upgrade: websocket'] }).replace(/\r\nSignature: [^\r]*/, ''),
    ]
    const answers = await Promise.all(denied.map((bytes) => sendRaw(port, bytes)))
    for (const answer of answers) expect([401, 403]).toContain(answer.status)
    expect(world.backend.arrived).toEqual([])
  })

  test('one that opens on failures does, and the route that wants an assertion closes it again', async () => {
    const away = { serverPort: await freePort(), grpcPort: await freePort() }
    const open = await start(kind, { ...away, edit: [switchedOpen, withoutGuard] })
    expect((await sendRaw(open, unsigned)).status).toBe(401)
    expect([world.backend.arrived.length, world.backend.served.length]).toEqual([1, 0])
    world.backend.forget()
    const closed = await start(kind, { ...away, edit: [switchedOpen] })
    const answer = await sendRaw(closed, unsigned)
    expect([answer.status, answer.code]).toEqual([403, 'unavailable'])
    expect(world.backend.arrived).toEqual([])
  })

  test('breaking the glass takes both changes, and leaves the library', async () => {
    const check: Replacement = [
      `check_settings:\n                            context_extensions: { countersign-service: 'orders' }`,
      'disabled: true',
    ]
    const half = await sendRaw(await start(kind, { edit: [check] }), unsigned)
    expect([half.status, half.code]).toEqual([403, 'unavailable'])
    expect(world.backend.arrived).toEqual([])
    const open = await sendRaw(await start(kind, { edit: [check, withoutGuard] }), unsigned)
    expect([open.status, open.code]).toEqual([401, 'credential_missing'])
    expect([world.backend.arrived.length, world.backend.served.length]).toEqual([1, 0])
  })

  test('a body beyond what Envoy sends arrives whole, and is checked by the library', async () => {
    const body = 'two oranges '.repeat(60_000)
    expect((await world.send(kind, { method: 'POST', body })).status).toBe(200)
    expect(world.backend.served).toMatchObject([{ method: 'POST', body, countersign: { content: 'unchecked' } }])
    world.backend.forget()
    const changed = `${body.slice(0, -1)}!`
    expect((await world.send(kind, { method: 'POST', body: changed, signed: { body } })).code).toBe('digest_mismatch')
    expect(world.backend.served).toEqual([])
  })

  test('a service that demands checked bodies gets those that Envoy sends, and no other', async () => {
    const patch = (bodyBinding: string) => world.server.api('PATCH', '/services/orders', { bodyBinding })
    await patch('required')
    expect((await world.send(kind, { method: 'POST', body: 'two oranges!' })).status).toBe(200)
    const long = await world.send(kind, { method: 'POST', body: 'a'.repeat(600_000) })
    expect([long.status, long.code]).toEqual([403, 'body_unchecked'])
    expect(world.backend.served).toHaveLength(1)
    await patch('backend')
  })

  test('lines and bytes reach Countersign as they reach the backend', async () => {
    const split = world.sign({ lines: ['X-Api-Key: a', 'X-Api-Key: b'] })
    expect((await sendRaw(world.gateway(kind).port, split)).code).toBe('component_missing')
    const replaced = await world.send(kind, { target: '/v1/a\xffb', signed: { target: '/v1/a!b' } })
    expect(replaced.status).toBeGreaterThanOrEqual(400)
    expect(world.backend.arrived).toEqual([])
    expect((await world.send(kind, { target: '/v1/a!b', lines: ['Accept: a, b!', 'Accept: c'] })).status).toBe(200)
  })
})

describe('when something that is not Countersign answers over gRPC', () => {
  const header = (key: string, value: string) => ({ header: { key, value }, append_action: 2 })
  const ok = (...headers: ReturnType<typeof header>[]): CheckReply => ({
    status: { code: 0 },
    ok_response: { headers, headers_to_remove: [] },
  })
  const deny = (code: number, ...headers: ReturnType<typeof header>[]): CheckReply => ({
    status: { code: 7 },
    denied_response: { status: { code }, headers, body: 'hello' },
  })
  const replies: readonly (readonly [string, CheckReply | Buffer | 'error' | 'silence'])[] = [
    ['yes without a header', ok()],
    ['yes without a word', { status: { code: 0 } }],
    ['nothing at all', Buffer.alloc(0)],
    ['yes with a machine', ok(header('countersign-machine', 'mach_x'))],
    ['yes with an empty assertion', ok(header('countersign-assertion', ''))],
    ['yes with an assertion that is none', ok(header('countersign-assertion', 'yes'))],
    ['yes with another path', ok(header(':path', '/v1/admin'))],
    ['no with 204', deny(204)],
    ['no with 302', deny(302, header('location', '/yes'), header('countersign-assertion', 'a.b.c'))],
    ['no with 500', deny(500)],
    ['no without a status', { status: { code: 7 } }],
    ['something that is no message', Buffer.from('hello')],
    ['an error', 'error'],
    ['nothing', 'silence'],
  ]
  let impostor: Server
  let reply: (typeof replies)[number][1]
  let port: number

  beforeAll(async () => {
    impostor = new Server()
    const responseSerialize = (value: CheckReply | Buffer) =>
      Buffer.isBuffer(value) ? value : checkMethod.responseSerialize(value)
    impostor.addService(
      { check: { ...checkMethod, responseSerialize } },
      {
        check(_call: unknown, respond: (error: object | null, value?: CheckReply | Buffer) => void) {
          if (reply === 'error') respond({ code: status.PERMISSION_DENIED, details: 'no' })
          else if (reply !== 'silence') respond(null, reply)
        },
      },
    )
    const grpcPort = await new Promise<number>((resolve, reject) =>
      impostor.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    )
    const gateway = await startGateway['envoy-grpc']({ ...world.place('envoy-grpc'), grpcPort })
    port = gateway.port
    return async () => {
      await gateway.stop()
      impostor.forceShutdown()
    }
  })

  test.each(replies)('%s: nothing gets through', async (_name, answer) => {
    reply = answer
    for (const bytes of [world.sign(), formatRequest({ method: 'OPTIONS', target: '/v1/orders', host })]) {
      const { status: given, code, tookMs } = await sendRaw(port, bytes)
      expect([given, code ?? 'unavailable']).toEqual([403, 'unavailable'])
      expect(tookMs).toBeLessThan(2_500)
    }
    expect(world.backend.arrived).toEqual([])
  })
})

test('over gRPC one Envoy guards several services: each has its own host, and none lets another’s pass', async () => {
  const stock = await prepareService(world.server, { slug: 'stock', authority: 'stock.example', profile: 'envoy' })
  const services = ['orders', 'stock']
  expect((await world.server.api('PATCH', '/gateways/orders-envoy-grpc', { services })).status).toBe(200)
  const second = `                    - name: 'stock'
                      domains: ['stock.example']
                      typed_per_filter_config:
                        envoy.filters.http.ext_authz:
                          '@type': type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute
                          check_settings:
                            context_extensions: { countersign-service: 'stock' }
                      routes:
                        - match:
                            prefix: /
                            headers: [{ name: countersign-assertion, present_match: true }]
                          direct_response: { status: 200 }
                        - match: { prefix: / }
                          direct_response: { status: 503 }
                    - name: misdirected
`
  const port = await start('envoy-grpc', { edit: [['                    - name: misdirected\n', second]] })
  const machine = await stock.enroll()
  const ask = async (signed: string, sent: string, signer = machine) => {
    const bytes = world.sign({ host: sent, signed: { host: signed } }, signer)
    return (await sendRaw(port, bytes)).status
  }
  expect(await ask('stock.example', 'stock.example')).toBe(200)
  expect(await ask(host, host, world.machine)).toBe(200)
  expect(await ask('stock.example', host)).toBe(401)
  expect(await ask(host, 'stock.example', world.machine)).toBe(401)
  expect(world.backend.served).toHaveLength(1)
})

test('a client that keeps its body back does not hold up the next one', async () => {
  const slow = createConnection({ port: world.gateway('envoy').port, host: '127.0.0.1' })
  cleanups.push(() => Promise.resolve(slow.destroy()))
  slow.write(world.sign({ method: 'POST', body: 'hello' }).slice(0, -2))
  expect((await world.send('envoy')).status).toBe(200)
  expect(world.backend.served).toHaveLength(1)
})
