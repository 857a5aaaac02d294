import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { formatId, parseId } from '@/lib/domain/ids'
import { signMachineMessage } from '@/lib/protocol'
import { newUuid } from '@/lib/server/new-uuid'
import { makeRequest, prepareService, type PreparedService, type SentRequest } from '../setup/prepare-service'
import type { TestMachine } from '../setup/test-machine'
import { askGateway, type GatewayAnswer } from '../verification/support/ask-gateway'
import { inParallel, until } from '../verification/support/in-parallel'
import { openWorld, type World } from '../verification/support/open-world'
import { runOn } from './support/database-cluster'
import { createPostgresPlace, type PostgresPlace } from './support/postgres-place'

/** The deadline, and what a loaded machine may add to it. */
const deadlineMs = 1_000
const answeredWithinMs = deadlineMs + 500

describe('a PostgreSQL server that fails', () => {
  let fault: PostgresPlace
  let world: World
  let service: PreparedService
  let machine: TestMachine
  let stranger: TestMachine

  beforeAll(async () => {
    fault = await createPostgresPlace()
    world = await openWorld('postgresql', { place: fault.place })
    service = await prepareService(world.server())
    machine = await service.enroll('known')
    stranger = await service.enroll('not read yet')
  })
  afterAll(async () => {
    await fault.thaw()
    await world.close()
    await fault.remove()
  })
  afterEach(() => fault.thaw())

  const request = (of = machine) => makeRequest(of, { authority: service.authority, target: '/v1/orders' })
  async function ask(sent: SentRequest): Promise<GatewayAnswer & { elapsedMs: number }> {
    const startedMs = performance.now()
    const question = { server: world.server(), slug: service.slug, key: service.gatewayKey, request: sent }
    const answer = await askGateway(question)
    return { ...answer, elapsedMs: performance.now() - startedMs }
  }
  async function verifyAsUnreadGate() {
    const url = new URL(world.server().url)
    const { method, target, authority, headers } = request()
    const body = Buffer.from(JSON.stringify({ service: service.slug, method, target, authority, headers }))
    const created = Math.floor(Date.now() / 1000)
    const fields = signMachineMessage({
      method: 'POST',
      authority: url.host,
      path: '/api/v1/verify',
      body,
      created,
      expires: created + 60,
      nonce: randomBytes(16).toString('base64url'),
      signatures: [
        {
          label: 'gateway',
          tag: 'countersign-gateway',
          keyid: `${formatId('mach', newUuid())}.1`,
          alg: 'ed25519',
          key: generateKeyPairSync('ed25519').privateKey,
        },
      ],
    })
    const startedMs = performance.now()
    const response = await fetch(`${url.href}api/v1/verify`, {
      method: 'POST',
      headers: fields.map(([name, value]): [string, string] => [name, value]),
      body,
    })
    const problem = (await response.json()) as { code: string }
    return { status: response.status, problem, isInTime: performance.now() - startedMs < answeredWithinMs }
  }
  const readiness = async () => (await fetch(`${world.server().url}/readyz`)).status
  /** A fresh credential each time: one that was answered `unavailable` may be spent. */
  const worksAgain = () =>
    until(async () => ((await ask(request())).status === 200 ? true : undefined), 20_000, 'An allow')
  const isUnavailable = { status: 403, problem: { code: 'unavailable' } }

  test('stopped: denied within a second, not ready, and at work again without a restart', async () => {
    expect((await ask(request())).status).toBe(200)
    expect(await readiness()).toBe(200)
    await fault.postgres.stop('immediate')

    const answers = await inParallel(Array.from({ length: 40 }), 20, () => ask(request()))
    for (const answer of answers) expect(answer).toMatchObject(isUnavailable)
    expect(Math.max(...answers.map(({ elapsedMs }) => elapsedMs))).toBeLessThan(answeredWithinMs)
    expect(await ask(request(stranger))).toMatchObject(isUnavailable)
    expect(await readiness()).toBe(503)
    expect((await fetch(`${world.server().url}/healthz`)).status).toBe(200)
    expect((await world.server().api('GET', '/machines')).status).toBeGreaterThanOrEqual(500)

    await fault.postgres.start()
    await worksAgain()
    await until(async () => ((await readiness()) === 200 ? true : undefined), 10_000, 'Readiness')
    expect(world.server().child.exitCode).toBeNull()
  })

  test('stopped under load: what was allowed is on record, and nothing is allowed twice', async () => {
    const sent: { request: SentRequest; answer: GatewayAnswer }[] = []
    let isStopping = false
    const lane = async () => {
      while (!isStopping || sent.length < 100) {
        const mine = request()
        sent.push({ request: mine, answer: await ask(mine) })
      }
    }
    const lanes = Promise.all(Array.from({ length: 8 }, lane))
    await until(() => Promise.resolve(sent.length > 40 ? true : undefined))
    await fault.postgres.stop('immediate')
    isStopping = true
    await lanes
    await fault.postgres.start()
    await worksAgain()

    const allowed = sent.filter(({ answer }) => answer.status === 200)
    expect(allowed.length).toBeGreaterThan(30)
    expect(sent.filter(({ answer }) => answer.status !== 200 && answer.problem?.code !== 'unavailable')).toEqual([])
    const ids = allowed.map(({ answer }) => parseId('dec', answer.headers.get('countersign-decision')!))
    const found = await world.rows('SELECT id FROM decision WHERE id = ANY ($1)', [ids])
    expect(found).toHaveLength(ids.length)
    const again = await inParallel(allowed, 10, (each) => ask(each.request))
    expect(again.filter(({ problem }) => problem?.code !== 'credential_replayed')).toEqual([])
  })

  test('frozen: denied in time, nothing allowed without its record, and at work again once it thaws', async () => {
    expect((await ask(request())).status).toBe(200)
    await fault.freeze()
    const sent = Array.from({ length: 30 }, () => request())
    const answers = await inParallel([...sent, request(stranger)], 31, ask)
    for (const answer of answers) expect(answer).toMatchObject(isUnavailable)
    expect(Math.max(...answers.map(({ elapsedMs }) => elapsedMs))).toBeLessThan(answeredWithinMs)
    expect(await readiness()).toBe(503)
    // A gate proves itself by its machine, which may have to be read first.
    expect(await verifyAsUnreadGate()).toMatchObject({ ...isUnavailable, isInTime: true })

    await fault.thaw()
    await worksAgain()
    // Each may be spent or not, but none can be used twice.
    for (const each of sent.slice(0, 5)) {
      const codes = [await ask(each), await ask(each)].map(({ problem }) => problem?.code)
      expect([undefined, 'credential_replayed']).toContain(codes[0])
      expect(codes[1]).toBe('credential_replayed')
    }
    expect((await ask(request(stranger))).status).toBe(200)
    await until(async () => ((await readiness()) === 200 ? true : undefined), 10_000, 'Readiness')
  })

  test('stalled under a lock: only what waits for it is denied, in time, and it goes on afterwards', async () => {
    const other = await service.enroll('other')
    expect((await ask(request(other))).status).toBe(200)
    const client = new Client({ connectionString: fault.place.environment.DATABASE_URL })
    await client.connect()
    await client.query('BEGIN')
    await client.query('SELECT 1 FROM machine WHERE id = $1 FOR UPDATE', [parseId('mach', machine.id)])
    const answer = await ask(request())
    expect(answer).toMatchObject(isUnavailable)
    expect(answer.elapsedMs).toBeLessThan(answeredWithinMs)
    await client.query('ROLLBACK')
    await client.end()
    await worksAgain()
    expect((await ask(request(other))).status).toBe(200)
  })

  test('a change that waits for the synchronous standby is not told as done before it is', async () => {
    const doomed = await service.enroll('doomed')
    await runOn(fault.postgres.url, `ALTER SYSTEM SET synchronous_standby_names = 'nobody'`)
    await runOn(fault.postgres.url, 'SELECT pg_reload_conf()')
    let answered: number | undefined
    const revoked = world
      .server()
      .api('POST', `/machines/${doomed.id}/revoke`, { reason: 'a test' })
      .then(({ status }) => (answered = status))
    // Longer than any statement of a change may take.
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    expect(answered).toBeUndefined()
    await runOn(fault.postgres.url, 'ALTER SYSTEM RESET synchronous_standby_names')
    await runOn(fault.postgres.url, 'SELECT pg_reload_conf()')
    expect(await revoked).toBe(200)
    expect(await ask(request(doomed))).toMatchObject({ problem: { code: 'machine_revoked' } })
    await worksAgain()
  })

  test('what was denied meanwhile is on record once the database is back', async () => {
    const count = async () => {
      const [row] = await world.rows<{ total: string }>(
        `SELECT coalesce(sum(count), 0) AS total FROM denial WHERE code = 'unavailable'`,
      )
      return Number(row!.total)
    }
    await until(async () => ((await count()) >= 70 ? true : undefined), 10_000, 'The record of the denials')
  })

  // Last: it ends the server.
  test('frozen while the server is asked to end: it ends in time all the same', async () => {
    await fault.freeze()
    expect(await ask(request())).toMatchObject(isUnavailable)
    const startedMs = performance.now()
    expect(await world.server().stop()).toBe(1)
    expect(performance.now() - startedMs).toBeLessThan(10_500)
    expect(world.server().output()).toContain('The database did not let go in time')
  })
})
