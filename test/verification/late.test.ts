/** On PostgreSQL alone: the embedded database has one connection, so that nobody can hold it up from beside. */
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeRequest, prepareService, type PreparedService } from '../setup/prepare-service'
import { openWorld, type World } from './support/open-world'

const deadlineMs = 400
let world: World
let service: PreparedService
let holder: Client

beforeAll(async () => {
  world = await openWorld('postgresql', { environment: { COUNTERSIGN_DECISION_DEADLINE_MS: String(deadlineMs) } })
  service = await prepareService(world.server(), { settings: { mode: 'observe' } })
  holder = new Client({ connectionString: world.place.environment.DATABASE_URL })
  await holder.connect()
})
afterAll(async () => {
  await holder.end()
  await world.close()
})

test('a service that only observes lets nothing pass of which its version could not be read in time', async () => {
  const machine = await service.enroll('late')
  const target = { authority: service.authority, target: '/late' }
  const signed = () => makeRequest(machine, target)
  const unsigned = () => ({ ...signed(), headers: [] })
  expect((await service.ask(world.server(), unsigned())).status).toBe(200)

  await holder.query('BEGIN')
  // As long as this is held, nobody knows whether the service still observes.
  await holder.query('LOCK TABLE "service" IN ACCESS EXCLUSIVE MODE')
  for (const request of [unsigned(), signed()]) {
    const startedMs = performance.now()
    const late = await service.ask(world.server(), request)
    expect(late).toMatchObject({ code: 'unavailable' })
    expect(late.status).toBeGreaterThanOrEqual(400)
    expect(late.headers.get('countersign-assertion')).toBeNull()
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(deadlineMs - 5)
    expect(performance.now() - startedMs).toBeLessThan(deadlineMs + 2_000)
  }
  await holder.query('ROLLBACK')

  expect((await service.ask(world.server(), unsigned())).status).toBe(200)
  // A new one: what was late may have been spent all the same.
  expect((await service.ask(world.server(), signed())).code).toBe('allowed')
})
