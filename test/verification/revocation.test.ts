import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseId } from '@/lib/domain/ids'
import type { DatabaseKind } from '../setup/open-test-dependencies'
import { askNginxEndpoint, makeRequest, prepareService, type PreparedService } from '../setup/prepare-service'
import type { TestMachine } from '../setup/test-machine'
import { until } from './support/in-parallel'
import { keepAsking } from './support/keep-asking'
import { openWorld, type World } from './support/open-world'

/** How an operator takes the right to call away, and what the machine is told from then on. */
interface Cut {
  readonly name: string
  readonly codes: readonly string[]
  /** Whether the machine comes through the gateway's second key. */
  readonly bySecondKey?: boolean
  /** Calls the management API of the first process; returns when it has answered. */
  run(machine: TestMachine): Promise<number>
}

describe.each<DatabaseKind>(['postgresql', 'embedded'])('a change under load is exact, on %s', (kind) => {
  let world: World
  let service: PreparedService
  let otherKey: { id: string; key: string }
  /** Machine, and the instant (of the host's clock, which the databases share) when the call had returned. */
  const cutAt: { machine: TestMachine; returnedAt: Date }[] = []

  beforeAll(async () => {
    world = await openWorld(kind, { processes: 2, environment: { COUNTERSIGN_DECISION_DEADLINE_MS: '5000' } })
    service = await prepareService(world.server())
    const made = await world
      .server()
      .api<{ id: string; key: string }>('POST', `/gateways/${service.gatewayId}/keys`, {})
    otherKey = made.body
  })
  afterAll(() => world.close())

  const call = async (method: string, path: string, body?: object) =>
    (await world.server().api(method, path, body)).status
  const cuts: Cut[] = [
    {
      name: 'revoke',
      codes: ['machine_revoked'],
      run: (machine) => call('POST', `/machines/${machine.id}/revoke`, { reason: 'stolen' }),
    },
    {
      name: 'suspend',
      codes: ['machine_suspended'],
      run: (machine) => call('POST', `/machines/${machine.id}/suspend`, { reason: 'maintenance' }),
    },
    {
      name: 'a gateway key removed',
      codes: ['gateway_unknown'],
      bySecondKey: true,
      run: async () => call('DELETE', `/gateways/${service.gatewayId}/keys/${otherKey.id}`),
    },
    {
      name: 'a selector that no longer matches',
      codes: ['policy_denied'],
      run: () => call('PATCH', '/services/orders', { machineSelector: { tier: 'kept' } }),
    },
  ]

  const askBySecondKey: PreparedService['ask'] = (server, request) =>
    askNginxEndpoint(server.url, service.slug, otherKey.key, request)

  test.each(cuts)('after $name has been answered nothing sent is allowed, and others go on', async (cut) => {
    const machine = await service.enroll('cut off', { tier: 'cut' })
    const others = [
      await service.enroll('other 1', { tier: 'kept' }),
      await service.enroll('other 2', { tier: 'kept' }),
    ]
    // The machine that loses its key has come by the second one; the others keep the first.
    const load = keepAsking({
      servers: world.servers,
      machines: [machine, ...others],
      authority: service.authority,
      ask: (server, request) => service.ask(server, request),
      ...(cut.bySecondKey && { askOf: new Map([[machine, askBySecondKey]]) }),
      lanes: 3,
    })
    await load.moreAnswers(120)
    expect(await cut.run(machine)).toBeLessThan(300)
    const returnedAtMs = performance.now()
    cutAt.push({ machine, returnedAt: new Date() })
    await load.moreAnswers(120)
    const asked = await load.stop()

    const ofMachine = asked.filter((each) => each.machine === machine)
    const after = ofMachine.filter((each) => each.sentAtMs > returnedAtMs)
    expect(ofMachine.some((each) => each.answer!.status === 200)).toBe(true)
    // A slow machine answers fewer; none would prove nothing.
    expect(after.length).toBeGreaterThan(3)
    expect(after.filter((each) => !cut.codes.includes(each.answer!.code))).toEqual([])
    const ofOthers = asked.filter((each) => each.machine !== machine)
    expect(ofOthers.filter((each) => each.answer!.code !== 'allowed')).toEqual([])
  })

  test('what is given back works on the other process too, within its next reading', async () => {
    await world.server().api('PATCH', '/services/orders', { machineSelector: {} })
    const machine = await service.enroll('comes back', { tier: 'other' })
    const askOther = async () => {
      const sent = makeRequest(machine, { authority: service.authority, target: '/back' })
      return (await service.ask(world.server(1), sent)).code
    }
    // At most once in 100 ms a node reads again what it refuses by.
    const becomes = (code: string) =>
      until(async () => ((await askOther()) === code ? code : undefined), 1_000, `The answer ${code}`)

    await becomes('allowed')
    await call('POST', `/machines/${machine.id}/suspend`, { reason: 'break' })
    expect(await askOther()).toBe('machine_suspended')
    await call('POST', `/machines/${machine.id}/reinstate`, {})
    await becomes('allowed')

    await call('PATCH', '/services/orders', { machineSelector: { tier: 'nobody' } })
    expect(await askOther()).toBe('policy_denied')
    await call('PATCH', '/services/orders', { machineSelector: { tier: 'other' } })
    await becomes('allowed')
  })

  // Last: on the embedded database the look at the rows stops the server.
  test('no allow of a machine is recorded after the call that cut it off returned', async () => {
    expect(cutAt).toHaveLength(cuts.length)
    for (const { machine, returnedAt } of cutAt) {
      const [found] = await world.rows<{ before: string; after: string }>(
        `SELECT count(*) FILTER (WHERE at <= $2) AS before, count(*) FILTER (WHERE at > $2) AS after
           FROM decision WHERE machine_id = $1`,
        [parseId('mach', machine.id), returnedAt],
      )
      expect(Number(found!.before)).toBeGreaterThan(0)
      expect(found!.after).toBe('0')
    }
  })
})
