import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseId } from '@/lib/domain/ids'
import type { DatabaseKind } from '../setup/open-test-dependencies'
import { makeRequest, prepareService, type PreparedService } from '../setup/prepare-service'
import type { TestMachine } from '../setup/test-machine'
import { askGateway } from './support/ask-gateway'
import { until } from './support/in-parallel'
import { openWorld, type World } from './support/open-world'

interface ShownMachine {
  readonly state: string
  readonly stateReason: string | null
}

describe.each<DatabaseKind>(['postgresql', 'embedded'])('copies of a machine on %s', (kind) => {
  let world: World
  let service: PreparedService
  let bystander: TestMachine

  beforeAll(async () => {
    world = await openWorld(kind, { processes: 2, environment: { COUNTERSIGN_DECISION_DEADLINE_MS: '5000' } })
    service = await prepareService(world.server())
    bystander = await service.enroll('bystander')
  })
  afterAll(() => world.close())

  const request = (machine: TestMachine, target = '/v1/orders') =>
    makeRequest(machine, { authority: service.authority, target })
  const ask = async (server: number, sent: ReturnType<typeof request>, from = '192.0.2.7') =>
    askGateway({
      server: world.server(server),
      slug: service.slug,
      key: service.gatewayKey,
      request: sent,
      from,
    })
  const show = async (machine: TestMachine) =>
    (await world.server().api<ShownMachine>('GET', `/machines/${machine.id}`)).body
  const quarantined = (machine: TestMachine) =>
    until(async () => ((await show(machine)).state === 'quarantined' ? true : undefined), 5_000, 'The quarantine')

  test('the same number on two different requests quarantines that machine, and only that one', async () => {
    const original = await service.enroll('copied')
    const copy = original.copy()
    expect((await ask(0, request(original, '/original'), '192.0.2.1')).status).toBe(200)
    const forked = await ask(1, request(copy, '/thief'), '198.51.100.66')
    expect(forked).toMatchObject({ status: 401, problem: { code: 'credential_forked' } })
    await quarantined(original)

    // From then on neither side is allowed anything, on either process.
    for (const [index, side] of [original, copy].entries()) {
      expect(await ask(index, request(side))).toMatchObject({ status: 403, problem: { code: 'machine_quarantined' } })
      expect(await ask(1 - index, request(side))).toMatchObject({ problem: { code: 'machine_quarantined' } })
    }
    expect((await original.renew()).status).toBe(403)
    expect((await ask(1, request(bystander))).status).toBe(200)

    const { body } = await world
      .server()
      .api<{ items: object[] }>('GET', `/audit-events?action=machine.quarantine&target=${original.id}`)
    expect(body.items).toHaveLength(1)
    expect(body.items[0]).toMatchObject({
      actor: { type: 'system' },
      target: { id: original.id, name: 'copied' },
      detail: { kind: 'sequence_reused', generation: 1, sides: [{}, { address: '198.51.100.66' }] },
    })
  })

  test('a number above the one that the renewal declared is a copy’s', async () => {
    const original = await service.enroll('renewed')
    expect((await ask(0, request(original))).status).toBe(200)
    const copy = original.copy()
    expect((await original.renew()).status).toBe(200)
    // What was under way at the renewal still passes: its number is not above the declared one.
    expect((await ask(0, request(original))).status).toBe(200)
    expect(await ask(1, request(copy))).toMatchObject({ status: 401, problem: { code: 'credential_forked' } })
    await quarantined(original)
    expect((await show(original)).stateReason).toContain('never gave out')
    expect((await ask(0, request(original))).problem?.code).toBe('machine_quarantined')
  })

  test('requests signed before a renewal and sent after it are still allowed', async () => {
    const machine = await service.enroll('under way')
    const underWay = [request(machine), request(machine)]
    expect((await machine.renew()).status).toBe(200)
    for (const [index, sent] of underWay.entries()) expect((await ask(index, sent)).status).toBe(200)
    expect((await ask(1, request(machine))).status).toBe(200)
    expect((await show(machine)).state).toBe('active')
  })

  test('nobody outside can quarantine a machine: replays, changed copies of a request and old ones are no evidence', async () => {
    const machine = await service.enroll('attacked')
    const sent = request(machine)
    expect((await ask(0, sent)).status).toBe(200)
    for (const server of [0, 1]) {
      const answer = await ask(server, sent, '198.51.100.66')
      expect(answer).toMatchObject({ status: 401, problem: { code: 'credential_replayed' } })
      expect(answer.problem!.detail).toContain('a retry')
      expect((await ask(server, { ...sent, target: '/other' })).problem?.code).toBe('signature_invalid')
    }
    const created = Math.floor(Date.now() / 1000) - 300
    const old = makeRequest(machine.copy(), {
      authority: service.authority,
      target: '/old',
      created,
      nonce: '1.AAAAAAAAAAAAAAAAAAAAAA',
    })
    expect((await ask(0, old)).problem?.code).toBe('credential_expired')
    expect((await show(machine)).state).toBe('active')
    expect((await ask(1, request(machine))).status).toBe(200)
  })

  // Last: on the embedded database the look at the rows stops the server.
  test('each fork is on record with the allow that it contradicts', async () => {
    await Promise.all(world.servers.map((server) => server.stop()))
    const rows = await world.rows<{ name: string; use_key: string; has_earlier: boolean; source_address: string }>(
      `SELECT m.name, d.use_key, d.source_address, d.conflicting_decision_id IS NOT NULL AND e.id IS NOT NULL AS has_earlier
         FROM denial d JOIN machine m ON m.id = d.machine_id LEFT JOIN decision e ON e.id = d.conflicting_decision_id
        WHERE d.code = 'credential_forked' ORDER BY m.name`,
    )
    expect(rows).toEqual([
      { name: 'copied', use_key: 's1', has_earlier: true, source_address: '198.51.100.66' },
      { name: 'renewed', use_key: 's2', has_earlier: false, source_address: '192.0.2.7' },
    ])
    const [others] = await world.rows<{ state: string }>('SELECT state FROM machine WHERE id = $1', [
      parseId('mach', bystander.id),
    ])
    expect(others!.state).toBe('active')
  })
})
