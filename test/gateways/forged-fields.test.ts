import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { gatewayKinds } from './gateway-kinds'
import { openGatewayWorld, type GatewayWorld } from './gateway-world'
import { readLoosely } from './protected-backend'
import { formatRequest, sendRaw } from './raw-http'

let world: GatewayWorld
beforeAll(async () => {
  world = await openGatewayWorld()
})
beforeEach(() => world.backend.forget())
afterAll(() => world?.close())

/** What the dialects of gateways say, and what frameworks believe instead of the request line. */
const dialects = [
  'X-Original-Method',
  'X-Original-URI',
  'X-Original-URL',
  'X-Original-Host',
  'X-Original-Address',
  'X-Original-Content-Length',
  'X-Forwarded-Method',
  'X-Forwarded-Uri',
  'X-Forwarded-Host',
  'X-Forwarded-For',
  'X-Forwarded-Proto',
  'X-Forwarded-Port',
  'X-Forwarded-Prefix',
  'Forwarded',
  'X-Rewrite-URL',
  'X-Envoy-Original-Path',
  'X-Envoy-Original-Method',
  'X-Real-IP',
]
const ours = [
  'Countersign-Machine',
  'Countersign-Assertion',
  'Countersign-Decision',
  'Countersign-Gateway-Key',
  'Countersign-Problem',
]

const spellings: readonly ((name: string) => string)[] = [
  (name) => name,
  (name) => name.toLowerCase(),
  (name) => name.toUpperCase(),
  (name) => name.replaceAll('-', '_'),
  (name) => name.replaceAll('-', '.'),
  (name) => name.toLowerCase().replaceAll('-', '_'),
]

/** Nothing that a backend gets may hold what the client wrote. */
function receivedMarks(): string[] {
  const lines = world.backend.arrived.flatMap((request) => request.headers)
  return lines.filter(([, value]) => value.includes('forged')).map(([name]) => name)
}

describe.each(gatewayKinds)('behind %s', (kind) => {
  test.each(spellings.map((spell, index) => ({ name: spell('Countersign-Machine'), index })))(
    'nothing in our name comes from the client: $name',
    async ({ index }) => {
      const lines = ours.map((name) => `${spellings[index]!(name)}: forged`)
      const answer = await world.send(kind, { lines: [...lines, ...lines] })
      expect(answer.status).toBe(200)
      expect(receivedMarks()).toEqual([])
      const [served] = world.backend.served
      expect(served?.countersign.machine?.id).toBe(world.machine.id)
      expect(readLoosely(served, 'countersign-machine')).toEqual([world.machine.id])
      expect(readLoosely(served, 'countersign-assertion')).toHaveLength(1)
      expect(readLoosely(served, 'countersign-gateway-key')).toEqual([])
    },
  )

  test('a real assertion of an earlier request, sent along, changes nothing', async () => {
    await world.send(kind)
    const earlier = readLoosely(world.backend.arrived[0], 'countersign-assertion')[0] ?? ''
    world.backend.forget()
    const lines = [`Countersign-Assertion: ${earlier}`, `countersign_assertion: ${earlier}`]
    const unsigned = formatRequest({ target: '/v1/orders', host: 'orders.example', lines })
    expect((await sendRaw(world.gateway(kind).port, unsigned)).code).toBe('credential_missing')
    expect(world.backend.arrived).toEqual([])
    expect((await world.send(kind, { lines })).status).toBe(200)
    expect(readLoosely(world.backend.arrived[0], 'countersign-assertion')).not.toContain(earlier)
  })

  test('a signed request cannot be turned into another by any dialect', async () => {
    // What is signed is harmless, what the headers say is not; the wrong one must reach neither verifier nor backend.
    const claims = ['POST', '/v1/admin', 'evil.example', 'host=evil.example', '203.0.113.9', '5']
    for (const claim of claims) {
      world.backend.forget()
      const lines = dialects.map((name) => `${name}: ${claim}`)
      expect((await world.send(kind, { lines })).status).toBe(200)
      const [served] = world.backend.served
      expect(served).toMatchObject({ method: 'GET', target: '/v1/orders' })
      expect(served?.countersign.authority).toBe('orders.example')
      expect(readLoosely(served, 'host')).toEqual(['orders.example'])
    }
  })

  test('a request without a credential is not let in by any dialect', async () => {
    for (const spell of spellings) {
      for (const claim of ['GET', 'OPTIONS', '/healthz', '/.well-known/jwks.json', '127.0.0.1', 'forged']) {
        const lines = [...dialects, ...ours].map((name) => `${spell(name)}: ${claim}`)
        const bytes = formatRequest({ target: '/v1/orders', host: 'orders.example', lines })
        const answer = await sendRaw(world.gateway(kind).port, bytes)
        expect([answer.status, answer.code]).toEqual([401, 'credential_missing'])
      }
    }
    expect(world.backend.arrived).toEqual([])
  })

  test('the key of another gateway, sent by the client, is not what the decision is made with', async () => {
    const key = world.place(kind === 'nginx' ? 'caddy' : 'nginx').gatewayKey
    const path = `/v1/key-${kind}`
    const answer = await world.send(kind, { target: path, lines: [`Countersign-Gateway-Key: ${key}`] })
    expect(answer.status).toBe(200)
    expect(JSON.stringify(world.backend.arrived)).not.toContain(key)
    const decision = (await world.decisions()).find((one) => one.path === path)
    expect(decision?.gateway?.name).toBe(`orders-${kind}`)
  })

  test.each([
    'close, Countersign-Assertion, Countersign-Machine, Countersign-Decision',
    'close, Countersign-Gateway-Key',
    'close, X-Original-URI, X-Original-Method, X-Forwarded-Uri, X-Forwarded-Method, X-Forwarded-Host',
  ])('Connection: %s takes nothing away', async (connection) => {
    const { status } = await world.send(kind, { connection })
    // Envoy refuses to take its own headers away, as a request that is none.
    if (status === 400) return expect(world.backend.arrived).toEqual([])
    expect(status).toBe(200)
    const [served] = world.backend.served
    expect(readLoosely(served, 'countersign-assertion')).toHaveLength(1)
    expect(readLoosely(served, 'countersign-machine')).toEqual([world.machine.id])
  })

  test.each([
    { signature: 'doubled', find: /(\r\nSignature: [^\r]*)/ },
    { signature: 'input doubled', find: /(\r\nSignature-Input: [^\r]*)/ },
  ])('signature lines that come twice are refused: $signature', async ({ find }) => {
    const bytes = world.sign().replace(find, '$1$1')
    const answer = await sendRaw(world.gateway(kind).port, bytes)
    expect([answer.status, answer.code]).toEqual([401, 'credential_malformed'])
    expect(world.backend.arrived).toEqual([])
  })
})

describe.each(gatewayKinds)('behind %s', (kind) => {
  test.each(spellings.map((spell, index) => ({ name: spell('X-Original-URL'), index })))(
    'no dialect of a gateway reaches the backend from the client: $name',
    async ({ index }) => {
      const lines = dialects.map((name) => `${spellings[index]!(name)}: forged`)
      expect((await world.send(kind, { lines })).status).toBe(200)
      expect(receivedMarks()).toEqual([])
      const [served] = world.backend.served
      expect(readLoosely(served, 'x-forwarded-for')).toEqual(['127.0.0.1'])
      expect(readLoosely(served, 'x-forwarded-host')).toEqual(['orders.example'])
      expect(readLoosely(served, 'x-forwarded-proto')).toEqual(['http'])
    },
  )
})
