import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseId } from '@/lib/domain/ids'
import type { DatabaseKind } from '../setup/open-test-dependencies'
import { makeRequest, prepareService, type PreparedService } from '../setup/prepare-service'
import { inParallel } from './support/in-parallel'
import { openWorld, type World } from './support/open-world'

describe.each<DatabaseKind>(['postgresql', 'embedded'])('a credential works once, on %s', (kind) => {
  let world: World
  let service: PreparedService
  beforeAll(async () => {
    // On a loaded machine a denial for lateness would say nothing about single use.
    world = await openWorld(kind, { processes: 2, environment: { COUNTERSIGN_DECISION_DEADLINE_MS: '5000' } })
    service = await prepareService(world.server())
  })
  afterAll(() => world.close())

  test('a nonce that somebody sent with a bad signature is not spent for its owner', async () => {
    const victim = await service.enroll('victim')
    const sent = makeRequest(victim, { authority: service.authority, target: '/victim' })
    const forged = {
      ...sent,
      headers: sent.headers.map(([name, value]): [string, string] =>
        name === 'Signature' ? [name, `cs=:${Buffer.alloc(32, 7).toString('base64')}:`] : [name, value],
      ),
    }
    expect(await service.ask(world.server(0), forged)).toMatchObject({ status: 401, code: 'signature_invalid' })
    expect(await service.ask(world.server(1), { ...sent, target: '/other' })).toMatchObject({
      code: 'signature_invalid',
    })
    expect(await service.ask(world.server(1), sent)).toMatchObject({ status: 200, code: 'allowed' })
  })

  test('two machines that use the same nonce value are both allowed', async () => {
    const machines = [await service.enroll('one'), await service.enroll('two')]
    for (const nonce of ['same-nonce-of-two-machines', '77.AAAAAAAAAAAAAAAAAAAAAA']) {
      for (const machine of machines) {
        const sent = makeRequest(machine, { authority: service.authority, target: '/same', nonce })
        expect(await service.ask(world.server(), sent)).toMatchObject({ status: 200, code: 'allowed' })
      }
    }
  })

  test('another request with a plain nonce that was used is a replay, and evidence of nothing', async () => {
    const machine = await service.enroll('plain')
    const nonce = 'a-plain-nonce-used-twice'
    const first = makeRequest(machine, { authority: service.authority, target: '/first', nonce })
    const second = makeRequest(machine, { authority: service.authority, target: '/second', nonce })
    expect(await service.ask(world.server(0), first)).toMatchObject({ code: 'allowed' })
    expect(await service.ask(world.server(1), second)).toMatchObject({ status: 401, code: 'credential_replayed' })
    const next = makeRequest(machine, { authority: service.authority, target: '/third' })
    expect(await service.ask(world.server(1), next)).toMatchObject({ code: 'allowed' })
  })

  test('of the same pairs of credentials sent in opposite order to both processes each is used once, without a deadlock', async () => {
    const machines = [await service.enroll('left'), await service.enroll('right')]
    const sent = Array.from({ length: 150 }, (_, index) =>
      makeRequest(machines[index % 2]!, { authority: service.authority, target: `/opposite/${index}` }),
    )
    const [forwards, backwards] = await Promise.all([
      inParallel(sent, 75, (request) => service.ask(world.server(0), request)),
      inParallel([...sent].reverse(), 75, (request) => service.ask(world.server(1), request)),
    ])
    const codes = forwards.map((answer, index) => [answer.code, backwards[sent.length - 1 - index]!.code].sort())
    expect(codes).toEqual(sent.map(() => ['allowed', 'credential_replayed']))
    for (const server of world.servers) expect(server.output()).not.toContain('A batch of decisions failed')
    if (kind === 'embedded') return
    const [stats] = await world.rows<{ deadlocks: string }>(
      'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()',
    )
    expect(stats!.deadlocks).toBe('0')
  })

  // Last: on the embedded database the look at the rows stops the server.
  test('of a hundred parallel sends of one credential exactly one is allowed, and one is on record', async () => {
    const machine = await service.enroll('parallel')
    const sent = makeRequest(machine, { authority: service.authority, target: '/v1/orders' })
    const answers = await inParallel(Array.from({ length: 100 }), 100, (_, index) =>
      service.ask(world.server(index), sent),
    )
    const allowed = answers.filter((answer) => answer.status === 200)
    expect(allowed).toHaveLength(1)
    expect(answers.filter((answer) => answer.code === 'credential_replayed' && answer.status === 401)).toHaveLength(99)

    const uuid = parseId('mach', machine.id)
    // A stopped server has written what it still had to write.
    await Promise.all(world.servers.map((server) => server.stop()))
    const decisions = await world.rows<{ id: string }>('SELECT id FROM decision WHERE machine_id = $1', [uuid])
    expect(decisions).toEqual([{ id: parseId('dec', allowed[0]!.headers.get('countersign-decision')!) }])
    const denials = await world.rows<{ code: string; conflicting_decision_id: string; count: number; use_key: string }>(
      'SELECT code, conflicting_decision_id, count, use_key FROM denial WHERE machine_id = $1',
      [uuid],
    )
    expect(denials).toHaveLength(99)
    for (const denial of denials) {
      expect(denial).toEqual({
        code: 'credential_replayed',
        conflicting_decision_id: decisions[0]!.id,
        count: 1,
        use_key: 's1',
      })
    }
  })
})
