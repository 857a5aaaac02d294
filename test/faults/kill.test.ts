import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseId } from '@/lib/domain/ids'
import type { DatabaseKind } from '../setup/open-test-dependencies'
import { makeRequest, prepareService, type PreparedService } from '../setup/prepare-service'
import type { TestMachine } from '../setup/test-machine'
import { inParallel } from '../verification/support/in-parallel'
import { keepAsking, type Asked } from '../verification/support/keep-asking'
import { openWorld, type World } from '../verification/support/open-world'

const rounds = 3

describe.each<DatabaseKind>(['postgresql', 'embedded'])('kill -9 in the middle of traffic on %s', (kind) => {
  let world: World
  let service: PreparedService
  let machines: TestMachine[]
  const answered: Asked[] = []

  beforeAll(async () => {
    world = await openWorld(kind, { environment: { COUNTERSIGN_DECISION_DEADLINE_MS: '5000' } })
    service = await prepareService(world.server())
    machines = [await service.enroll('one'), await service.enroll('two'), await service.enroll('three')]
  })
  afterAll(() => world.close())

  test.each(Array.from({ length: rounds }, (_, index) => index + 1))(
    'round %i: what was accepted before is not accepted again, and the machines go on',
    async () => {
      const load = keepAsking({
        servers: world.servers,
        machines,
        authority: service.authority,
        ask: (server, request) => service.ask(server, request),
        lanes: 5,
      })
      await load.moreAnswers(100)
      world.server().kill('SIGKILL')
      await world.server().exited()
      const asked = await load.stop()
      const allowed = asked.filter((each) => each.answer?.status === 200)
      const unanswered = asked.filter((each) => each.answer === undefined)
      expect(allowed.length).toBeGreaterThan(50)
      expect(unanswered.length).toBeGreaterThan(0)
      expect(allowed.length + unanswered.length).toBe(asked.length)
      answered.push(...allowed)

      await world.restart()
      const again = await inParallel(allowed, 20, ({ request }) => service.ask(world.server(), request))
      expect(again.filter((answer) => answer.code !== 'credential_replayed')).toEqual([])
      // Nobody was told what became of these: either is right, but twice is not.
      for (const { request } of unanswered) {
        const codes = [await service.ask(world.server(), request), await service.ask(world.server(), request)]
        expect(['allowed', 'credential_replayed']).toContain(codes[0]!.code)
        expect(codes[1]!.code).toBe('credential_replayed')
      }
      for (const machine of machines) {
        const fresh = makeRequest(machine, { authority: service.authority, target: '/fresh' })
        expect(await service.ask(world.server(), fresh)).toMatchObject({ status: 200, code: 'allowed' })
      }
    },
  )

  // Last: on the embedded database the look at the rows stops the server.
  test('every allow that was answered is on record', async () => {
    const ids = answered.map(({ answer }) => parseId('dec', answer!.headers.get('countersign-decision')!))
    const found = await world.rows<{ id: string }>('SELECT id FROM decision WHERE id = ANY ($1)', [ids])
    expect(found.map((row) => row.id).sort()).toEqual([...ids].sort())
    const [states] = await world.rows<{ active: string }>(
      `SELECT count(*) AS active FROM machine WHERE state = 'active'`,
    )
    // Requests that were cut off and sent again are no copies of a machine.
    expect(states!.active).toBe(String(machines.length))
  })
})
