import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { createTestPlace, type DatabaseKind } from '../setup/open-test-dependencies'
import { makeRequest, prepareService } from '../setup/prepare-service'
import { tryStartServer } from '../setup/start-server'
import { openConnection, rawRequest } from '../verification/support/raw-http'
import { keepAsking } from '../verification/support/keep-asking'
import { openWorld, type World } from '../verification/support/open-world'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function open(kind: DatabaseKind): Promise<World> {
  const world = await openWorld(kind, { environment: { COUNTERSIGN_DECISION_DEADLINE_MS: '5000' } })
  cleanups.push(() => world.close())
  return world
}

describe.each<DatabaseKind>(['postgresql', 'embedded'])('a server process on %s', (kind) => {
  test('is not joined by a second one on the same directory, which names the first; nor with another master key', async () => {
    const world = await open(kind)
    const second = await tryStartServer(world.place)
    expect(second).toMatchObject({ outcome: 'ended', code: 1 })
    const words = second.outcome === 'ended' ? second.output : ''
    expect(words).toContain(`process ${world.server().child.pid}`)
    expect(words).toContain(world.server().url)
    expect((await fetch(`${world.server().url}/readyz`)).status).toBe(200)

    await world.server().stop()
    const otherKeyFile = path.join(path.dirname(world.place.dataDirectory), 'other.key')
    await writeFile(otherKeyFile, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 })
    const wrong = await tryStartServer(world.place, { environment: { COUNTERSIGN_MASTER_KEY_FILE: otherKeyFile } })
    expect(wrong).toMatchObject({ outcome: 'ended', code: 1 })
    if (wrong.outcome === 'ended') {
      expect(wrong.output).toContain('is not the master key of this database')
      expect(wrong.output).not.toMatch(/\n {4}at /)
    }
    // A refused start leaves nothing behind: the right key opens the place.
    const restarted = await world.restart()
    expect((await fetch(`${restarted.url}/readyz`)).status).toBe(200)
  })

  test('asked to end under load answers what is open, ends with 0 in time, and starts again', async () => {
    const world = await open(kind)
    const service = await prepareService(world.server())
    const machines = [await service.enroll('one'), await service.enroll('two')]
    const load = keepAsking({
      servers: world.servers,
      machines,
      authority: service.authority,
      ask: (server, request) => service.ask(server, request),
      lanes: 8,
    })
    await load.moreAnswers(100)
    const startedMs = performance.now()
    expect(await world.server().stop()).toBe(0)
    expect(performance.now() - startedMs).toBeLessThan(10_000)
    const asked = await load.stop()
    expect(asked.filter(({ answer }) => answer && answer.code !== 'allowed')).toEqual([])

    await world.restart()
    for (const { request } of asked.filter(({ answer }) => answer).slice(-20)) {
      expect((await service.ask(world.server(), request)).code).toBe('credential_replayed')
    }
    const fresh = makeRequest(machines[0]!, { authority: service.authority, target: '/fresh' })
    expect((await service.ask(world.server(), fresh)).code).toBe('allowed')
  })

  test('asked to end cuts nobody off who sends request after request on one connection', async () => {
    const world = await open(kind)
    const service = await prepareService(world.server())
    const machine = await service.enroll('keeps its connection')
    const ask = () => {
      const sent = makeRequest(machine, { authority: service.authority, target: '/v1/orders' })
      return rawRequest('GET /api/v1/authz/nginx/orders HTTP/1.1', [
        ['Host', 'a'],
        ...sent.headers,
        ['X-Original-Method', 'GET'],
        ['X-Original-URI', '/v1/orders'],
        ['X-Original-Host', service.authority],
        ['Countersign-Gateway-Key', service.gatewayKey],
      ])
    }
    const connections = await Promise.all(Array.from({ length: 8 }, () => openConnection(world.server().port)))
    const ends = connections.map(async (connection) => {
      for (let count = 1; ; count++) {
        const response = await connection.ask(ask())
        expect(response?.status, `Answer ${count}`).toBe(200)
        if (response?.headers.get('connection') === 'close') return count
      }
    })
    await Promise.all(connections.map((connection) => connection.answered(5)))
    const startedMs = performance.now()
    expect(await world.server().stop()).toBe(0)
    expect(performance.now() - startedMs).toBeLessThan(4_500)
    for (const count of await Promise.all(ends)) expect(count).toBeGreaterThanOrEqual(5)
  })
})

test('all settings that do not fit are named at once, and no value is repeated', async () => {
  const place = await createTestPlace('embedded')
  cleanups.push(() => place.remove())
  const started = await tryStartServer(place, {
    environment: {
      PORT: 'secret-70000',
      DATABASE_URL: 'mysql://root:hunter2@db/app',
      COUNTERSIGN_PUBLIC_URL: 'HTTPS://Upper.example/path',
      COUNTERSIGN_RETENTION_DAYS: '0',
      COUNTERSIGN_DECISION_DEADLINE_MS: '9999999',
      COUNTERSIGN_TRUST_DOMAIN: 'Not A Domain',
      COUNTERSIGN_GRPC_PORT: '70001',
      COUNTERSIGN_ENVOY_DEADLINE_MS: '7',
      LOG_LEVEL: 'chatty',
    },
  })
  expect(started).toMatchObject({ outcome: 'ended', code: 1 })
  const words = started.outcome === 'ended' ? started.output : ''
  for (const name of ['PORT', 'DATABASE_URL', 'COUNTERSIGN_PUBLIC_URL', 'COUNTERSIGN_RETENTION_DAYS', 'LOG_LEVEL']) {
    expect(words).toContain(`${name} takes`)
  }
  expect(words).toContain('COUNTERSIGN_DECISION_DEADLINE_MS takes')
  expect(words).toContain('COUNTERSIGN_TRUST_DOMAIN takes')
  expect(words).toContain('COUNTERSIGN_GRPC_PORT takes')
  expect(words).toContain('COUNTERSIGN_ENVOY_DEADLINE_MS takes')
  for (const value of ['secret-70000', 'hunter2', 'Upper.example', '9999999', 'Not A Domain', 'chatty']) {
    expect(words).not.toContain(value)
  }
})
