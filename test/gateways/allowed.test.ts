import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { bodyChecking, gatewayKinds } from './gateway-kinds'
import { openGatewayWorld, type GatewayWorld } from './gateway-world'
import { readLoosely } from './protected-backend'
import { formatRequest, sendRaw } from './raw-http'

let world: GatewayWorld
beforeAll(async () => {
  world = await openGatewayWorld()
})
beforeEach(() => world.backend.forget())
afterAll(() => world?.close())

describe.each(gatewayKinds)('behind %s', (kind) => {
  test('a countersigned request arrives once, as it was signed, with what Countersign found out', async () => {
    const target = '/v1/a;b=1,c/d%20e?x=%2F&y'
    const answer = await world.send(kind, { target })
    expect(answer.status).toBe(200)
    expect(answer.body).toBe(`served GET ${target}`)
    expect(world.backend.arrived).toHaveLength(1)
    const [served] = world.backend.served
    expect(served).toMatchObject({ method: 'GET', target })
    expect(served?.countersign).toMatchObject({
      machine: { id: world.machine.id },
      authority: 'orders.example',
      content: 'none',
      isObserved: false,
    })
    expect(readLoosely(served, 'host')).toEqual(['orders.example'])
    expect(readLoosely(served, 'countersign-assertion')).toHaveLength(1)
    expect(readLoosely(served, 'countersign-machine')).toEqual([world.machine.id])
    expect(readLoosely(served, 'countersign-decision')).toEqual([served?.countersign.decisionId])
    expect(readLoosely(served, 'countersign-gateway-key')).toEqual([])
  })

  test.each(['POST', 'PUT', 'PATCH', 'DELETE'])('%s with a body, whole, and checked', async (method) => {
    const answer = await world.send(kind, { method, body: 'two oranges' })
    expect(answer.status).toBe(200)
    expect(world.backend.served).toMatchObject([{ method, body: 'two oranges' }])
    // Where the gateway sends no bodies the library has just compared it.
    expect(world.backend.served[0]?.countersign.content).toBe(bodyChecking.has(kind) ? 'checked' : 'unchecked')
  })

  test.each(['HEAD', 'OPTIONS'])('%s with a credential', async (method) => {
    expect((await world.send(kind, { method })).status).toBe(200)
    expect(world.backend.served).toMatchObject([{ method }])
  })

  test('a chunked body', async () => {
    const bytes = world
      .sign({ method: 'POST', body: 'two oranges' })
      .replace('Content-Length: 11', 'Transfer-Encoding: chunked')
      .replace(/two oranges$/, '4\r\ntwo \r\n7\r\noranges\r\n0\r\n\r\n')
    expect((await sendRaw(world.gateway(kind).port, bytes)).status).toBe(200)
    expect(world.backend.served).toMatchObject([{ method: 'POST', body: 'two oranges' }])
  })

  test('a path of seven kilobytes, which the assertion repeats', async () => {
    const target = `/v1/orders?${'x'.repeat(7_000)}`
    expect((await world.send(kind, { target })).status).toBe(200)
    expect(world.backend.served[0]?.target).toBe(target)
  })

  test('many requests on one connection, each decided by itself', async () => {
    const bytes = [
      world.sign({ target: '/v1/first', connection: 'keep-alive' }),
      formatRequest({ target: '/v1/second', host: 'orders.example', connection: 'keep-alive' }),
      world.sign({ target: '/v1/third' }),
    ].join('')
    const answer = await sendRaw(world.gateway(kind).port, bytes)
    expect(answer.statuses).toEqual([200, 401, 200])
    expect(world.backend.served.map((served) => served.target)).toEqual(['/v1/first', '/v1/third'])
  })

  test('the same bytes again are refused as a replay, and the client is told so', async () => {
    const bytes = world.sign({ method: 'POST', body: 'two oranges' })
    expect((await sendRaw(world.gateway(kind).port, bytes)).status).toBe(200)
    const replay = await sendRaw(world.gateway(kind).port, bytes)
    expect([replay.status, replay.code]).toEqual([401, 'credential_replayed'])
    expect(replay.header('content-type')).toBe('application/problem+json')
    expect(replay.header('cache-control')).toBe('no-store')
    expect(JSON.parse(replay.body)).toMatchObject({ status: 401, code: 'credential_replayed' })
    expect(world.backend.arrived).toHaveLength(1)
  })

  test('a credential that another gateway let through is refused here', async () => {
    const other = kind === 'nginx' ? 'caddy' : 'nginx'
    const bytes = world.sign()
    expect((await sendRaw(world.gateway(other).port, bytes)).status).toBe(200)
    expect((await sendRaw(world.gateway(kind).port, bytes)).code).toBe('credential_replayed')
    expect(world.backend.arrived).toHaveLength(1)
  })

  test('a revoked machine is refused from the moment of the answer; another goes on', async () => {
    const machine = await world.service.enroll('thief')
    expect((await world.send(kind, {}, machine)).status).toBe(200)
    const prepared = world.sign({}, machine)
    expect((await world.server.api('POST', `/machines/${machine.id}/revoke`, { reason: 'stolen' })).status).toBe(200)
    const answer = await sendRaw(world.gateway(kind).port, prepared)
    expect([answer.status, answer.code]).toEqual([403, 'machine_revoked'])
    expect(world.backend.arrived).toHaveLength(1)
    expect((await world.send(kind)).status).toBe(200)
  })

  test('a body that was changed on the way is not served', async () => {
    const answer = await world.send(kind, { method: 'POST', body: 'two lemons!', signed: { body: 'two oranges' } })
    expect([answer.status, answer.code]).toEqual([401, 'digest_mismatch'])
    expect(world.backend.served).toEqual([])
    // Where the gateway sends no bodies the library refuses.
    expect(world.backend.arrived).toHaveLength(bodyChecking.has(kind) ? 0 : 1)
  })

  test.each(['GET', 'POST', 'OPTIONS', 'HEAD'])(
    '%s without a credential is answered 401 with the reason',
    async (method) => {
      const bytes = formatRequest({ method, target: '/v1/orders', host: 'orders.example' })
      const answer = await sendRaw(world.gateway(kind).port, bytes)
      expect([answer.status, answer.code]).toEqual([401, 'credential_missing'])
      expect(answer.text.match(/\r\nWWW-Authenticate: Countersign\r\n/gi)).toHaveLength(1)
      expect(answer.header('accept-signature')).toContain('"@authority"')
      expect(world.backend.arrived).toEqual([])
    },
  )

  test('the decision is on record, allow and denial', async () => {
    const path = `/v1/on-record-${kind}`
    expect((await world.send(kind, { target: path })).status).toBe(200)
    const replayed = world.sign({ target: path })
    for (const expected of [200, 401]) {
      expect((await sendRaw(world.gateway(kind).port, replayed)).status).toBe(expected)
    }
    await expect
      .poll(async () => (await world.decisions()).filter((one) => one.path === path).map((one) => one.outcome))
      .toEqual(['denied', 'allowed', 'allowed'])
    const [latest] = (await world.decisions()).filter((one) => one.path === path)
    expect(latest).toMatchObject({ code: 'credential_replayed', sourceAddress: '127.0.0.1' })
    expect(latest?.gateway?.name).toBe(`orders-${kind}`)
  })
})

test('a backend that is called past the gateway serves nothing', async () => {
  const answer = await sendRaw(world.backend.port, world.sign())
  expect([answer.status, answer.code]).toEqual([401, 'credential_missing'])
  expect(world.backend.served).toEqual([])
})

test.each(gatewayKinds)('%s writes down neither its key nor an assertion nor a credential', async (kind) => {
  await world.send(kind, { target: '/v1/orders?token=hush', lines: ['Authorization: Bearer hush'] })
  await world.send(kind, { target: '/v1/orders?token=hush', signed: { target: '/v1/orders' } })
  const written = world.gateway(kind).output()
  expect(written).not.toContain(world.place(kind).gatewayKey)
  expect(written).not.toMatch(/hush|hmac-sha256|eyJ/)
})
