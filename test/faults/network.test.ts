import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestPlace, type TestPlace } from '../setup/open-test-dependencies'
import { makeRequest, prepareService, type PreparedService } from '../setup/prepare-service'
import type { TestMachine } from '../setup/test-machine'
import { askGateway } from '../verification/support/ask-gateway'
import { inParallel, until } from '../verification/support/in-parallel'
import { openWorld, type World } from '../verification/support/open-world'
import { createRelay, type Relay } from './support/relay'

describe('a network that swallows what goes to the database', () => {
  let place: TestPlace
  let relay: Relay
  let world: World
  let service: PreparedService
  let machines: TestMachine[]

  beforeAll(async () => {
    place = await createTestPlace('postgresql')
    const url = new URL(place.environment.DATABASE_URL!)
    relay = await createRelay(Number(url.port))
    url.port = String(relay.port)
    const through = { ...place, environment: { ...place.environment, DATABASE_URL: url.href } }
    world = await openWorld('postgresql', { place: through })
    service = await prepareService(world.server())
    machines = [await service.enroll('known'), await service.enroll('not read yet')]
  })
  afterAll(async () => {
    world.server().kill('SIGKILL')
    await world.close()
    await relay.close()
    await place.remove()
  })

  const ask = async (machine = machines[0]!) => {
    const startedMs = performance.now()
    const request = makeRequest(machine, { authority: service.authority, target: '/v1/orders' })
    const answer = await askGateway({ server: world.server(), slug: service.slug, key: service.gatewayKey, request })
    return { ...answer, elapsedMs: performance.now() - startedMs }
  }

  test('is answered with denials in time, and forgotten once connections can be made again', async () => {
    expect((await ask()).status).toBe(200)
    relay.silence()
    for (let round = 0; round < 3; round++) {
      const answers = await inParallel([0, 1, 0, 1, 0, 1, 0, 1], 8, (index) => ask(machines[index]))
      for (const answer of answers) {
        expect(answer).toMatchObject({ status: 403, problem: { code: 'unavailable' } })
        expect(answer.elapsedMs).toBeLessThan(1_500)
      }
      expect((await fetch(`${world.server().url}/readyz`)).status).toBe(503)
    }

    relay.restore()
    // The connections that were open stay dead; whoever waits on one has to give it up.
    for (const machine of machines) {
      await until(async () => ((await ask(machine)).status === 200 ? true : undefined), 60_000, 'An allow')
    }
    const isReady = async () => ((await fetch(`${world.server().url}/readyz`)).status === 200 ? true : undefined)
    await until(isReady, 60_000, 'Readiness')
    const lists = async () => ((await world.server().api('GET', '/machines')).status === 200 ? true : undefined)
    await until(lists, 60_000, 'The list of machines')
  })
})
