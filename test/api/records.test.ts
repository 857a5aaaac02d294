import { expect, test } from 'vitest'
import { formatId } from '@/lib/domain/ids'
import { newUuid } from '@/lib/server/new-uuid'
import { forEachDatabase, type OpenedForTest } from '../setup/open-test-dependencies'
import { apiOf, codeOf, tokenOf } from './call-api'
import { decideOnce, seedMachine } from './seed-machine'

async function seedRecords(opened: OpenedForTest) {
  const { dependencies: deps } = opened
  const call = apiOf(opened)
  await call('createService', { body: { slug: 'orders', authorities: [{ authority: 'orders.example' }] } })
  const service = { uuid: (await deps.prisma.service.findUniqueOrThrow({ where: { slug: 'orders' } })).id }
  const [a, b] = [await seedMachine(deps, { name: 'a' }), await seedMachine(deps, { name: 'b' })]
  for (let seq = 1; seq <= 5; seq += 1) await decideOnce(deps, a, service, { seq, path: `/a/${seq}` })
  await decideOnce(deps, b, service, { seq: 1, path: '/b' })
  const deny = async (values: Record<string, unknown>) => {
    // The decisions before have their instant from the database, to the microsecond: this one comes after them.
    const at = new Date(Date.now() + 1)
    await deps.prisma.denial.create({
      data: {
        day: new Date(at.toISOString().slice(0, 10)),
        id: newUuid(),
        at,
        lastAt: at,
        outcome: 'denied',
        code: 'credential_missing',
        ...values,
      },
    })
  }
  await deny({ code: 'credential_replayed', machineId: a.uuid, generation: 1, serviceId: service.uuid, path: '/a/5' })
  await deny({ code: 'service_unknown', serviceName: 'odrers', count: 7 })
  await deny({ outcome: 'observed', code: 'policy_denied', machineId: b.uuid, serviceId: service.uuid })
  return { call, a, b, service, deps }
}

forEachDatabase('decisions', (open) => {
  test('are one list of allows and denials, newest first, with the names of now', async () => {
    const { call, a, b } = await seedRecords(await open())
    const { items } = (await call('listDecisions')).body
    expect(items.map((item: { outcome: string }) => item.outcome)).toEqual([
      'observed',
      'denied',
      'denied',
      ...Array.from({ length: 6 }, () => 'allowed'),
    ])
    expect(items[1]).toMatchObject({
      code: 'service_unknown',
      service: { id: null, name: 'odrers' },
      count: 7,
      machine: null,
    })
    expect(items[2]).toMatchObject({
      code: 'credential_replayed',
      machine: { id: a.id, name: 'a' },
      service: { name: 'orders' },
    })
    expect(items[3]).toMatchObject({
      code: null,
      machine: { id: b.id },
      path: '/b',
      useKey: 's1',
      sourceAddress: '192.0.2.1',
    })
  })

  test('are found by machine, service, outcome, code and time', async () => {
    const { call, a, b, deps } = await seedRecords(await open())
    const count = async (query: string) => (await call('listDecisions', { query })).body.items.length
    expect(await count(`machine=${a.id}`)).toBe(6)
    expect(await count(`machine=${b.id}&outcome=observed`)).toBe(1)
    expect(await count('service=orders')).toBe(8)
    expect(await count('service=odrers')).toBe(1)
    expect(await count('service=nobody')).toBe(0)
    expect(await count('outcome=allowed')).toBe(6)
    expect(await count('code=credential_replayed')).toBe(1)
    expect(await count(`machine=${formatId('mach', newUuid())}`)).toBe(0)
    const { rows } = await deps.pool.query<{ at: string }>(
      `SELECT to_char(max("at") AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "at" FROM "decision"`,
    )
    const at = rows[0]?.at ?? ''
    expect((await count(`since=${at}`)) + (await count(`until=${at}`))).toBe(9)
    expect(await count('until=2020-01-01T00:00:00Z')).toBe(0)
    expect(await count('since=2020-01-01T00:00:00%2B02:00')).toBe(9)
    for (const query of [
      'code=nonsense',
      'outcome=maybe',
      'since=yesterday',
      'machine=x',
      'service=A',
      'cursor=WyJhIl0',
    ]) {
      expect([query, codeOf(await call('listDecisions', { query }))]).toEqual([query, 'request_malformed'])
    }
  })

  test('go page by page at the microsecond, while new ones come in', async () => {
    const { call, a, service, deps } = await seedRecords(await open())
    const all: string[] = (await call('listDecisions')).body.items.map((item: { id: string }) => item.id)
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const page: { body: { items: { id: string }[]; nextCursor: string | null } } = await call('listDecisions', {
        query: `limit=2${cursor === null ? '' : `&cursor=${cursor}`}`,
      })
      seen.push(...page.body.items.map(({ id }) => id))
      cursor = page.body.nextCursor
      await decideOnce(deps, a, service)
    } while (cursor !== null)
    expect(seen).toEqual(all)
  })

  test('rows of the same microsecond are neither missed nor repeated', async () => {
    const { call, deps } = await seedRecords(await open())
    const at = new Date('2026-01-01T00:00:00Z')
    const day = new Date(new Date().toISOString().slice(0, 10))
    await deps.prisma.denial.createMany({
      data: Array.from({ length: 5 }, () => ({
        day,
        id: newUuid(),
        at,
        lastAt: at,
        outcome: 'denied',
        code: 'unavailable',
      })),
    })
    const seen = new Set<string>()
    let cursor: string | null = null
    let pages = 0
    do {
      const page: { body: { items: { id: string }[]; nextCursor: string | null } } = await call('listDecisions', {
        query: `code=unavailable&limit=2${cursor === null ? '' : `&cursor=${cursor}`}`,
      })
      for (const { id } of page.body.items) seen.add(id)
      cursor = page.body.nextCursor
      pages += 1
    } while (cursor !== null)
    expect([seen.size, pages]).toEqual([5, 3])
  })
})

forEachDatabase('audit events', (open) => {
  test('are listed newest first, by target, action and time, page by page', async () => {
    const call = apiOf(await open())
    const made: string[] = []
    for (let index = 0; index < 5; index += 1) {
      made.push((await call('createJoinToken', { body: { name: `t${index}` } })).body.id)
    }
    const targetsOf = async (query: string): Promise<string[]> =>
      (await call('listAuditEvents', { query })).body.items.map((item: { target: { id: string } }) => item.target.id)
    expect(await targetsOf('action=join_token.create')).toEqual([...made].reverse())
    expect(await targetsOf(`target=${made[2]}`)).toEqual([made[2]])
    expect(await targetsOf('action=join_token.create&until=2020-01-01T00:00:00Z')).toEqual([])
    const first = await call('listAuditEvents', { query: 'action=join_token.create&limit=3' })
    const second = await call('listAuditEvents', {
      query: `action=join_token.create&limit=3&cursor=${first.body.nextCursor}`,
    })
    expect(
      [...first.body.items, ...second.body.items].map((item: { target: { id: string } }) => item.target.id),
    ).toEqual([...made].reverse())
    for (const query of ['action=nonsense', 'actorType=nobody', 'actor=ada', 'target=x', 'until=yesterday']) {
      expect([query, codeOf(await call('listAuditEvents', { query }))]).toEqual([query, 'request_malformed'])
    }
    expect(codeOf(await call('listDecisions', { query: `cursor=${first.body.nextCursor}` }))).toBe('request_malformed')
  })

  test('are found by who did it, alone and beside the other filters', async () => {
    const opened = await open()
    const call = apiOf(opened)
    const token = await tokenOf(call, 'operator')
    const { id: actor } = (await call('getWhoami', { token })).body
    const byToken = (await call('createJoinToken', { token, body: { name: 'ci' } })).body.id
    const byLocal = (await call('createJoinToken', { body: { name: 'vm' } })).body.id
    const targetsOf = async (query: string): Promise<string[]> =>
      (await call('listAuditEvents', { query })).body.items.map((item: { target: { id: string } }) => item.target.id)
    expect(await targetsOf(`actor=${actor}`)).toEqual([byToken])
    expect(await targetsOf('actorType=api_token')).toEqual([byToken])
    expect(await targetsOf('actorType=local_administrator&action=join_token.create')).toEqual([byLocal])
    expect(await targetsOf(`actor=${actor}&target=${byLocal}`)).toEqual([])
    expect(await targetsOf('actorType=system')).toContain(opened.dependencies.deployment.id)
    // Within the page of one actor the cursor goes on with that actor.
    await call('createJoinToken', { token, body: { name: 'ci 2' } })
    const first = await call('listAuditEvents', { query: `actor=${actor}&limit=1` })
    expect(await targetsOf(`actor=${actor}&limit=1&cursor=${first.body.nextCursor}`)).toEqual([byToken])
  })

  test('are read one by one, with the address that the call came from', async () => {
    const call = apiOf(await open())
    await call('createJoinToken', { body: { name: 'ci' } })
    const [listed] = (await call('listAuditEvents', { query: 'action=join_token.create' })).body.items
    expect(listed).toMatchObject({ address: '127.0.0.1', actor: { type: 'local_administrator' } })
    expect((await call('getAuditEvent', { params: { auditEvent: listed?.id ?? '' } })).body).toEqual(listed)
    const missing = { auditEvent: 'evt_01k3tt0z0ye00800014d2pf2db' }
    expect(codeOf(await call('getAuditEvent', { params: missing }))).toBe('not_found')
    expect(codeOf(await call('getAuditEvent', { params: { auditEvent: 'x' } }))).toBe('request_malformed')
  })

  test('say what a machine’s state was and became, and nothing of it where it stayed', async () => {
    const opened = await open()
    const call = apiOf(opened)
    const machine = await seedMachine(opened.dependencies, { name: 'a' })
    const params = { machine: machine.id }
    await call('suspendMachine', { params, body: { reason: 'looking' } })
    await call('setMachineLabels', { params, body: { labels: { env: 'x' } } })
    const details = (await call('listAuditEvents', { query: `target=${machine.id}` })).body.items.map(
      ({ detail }) => detail,
    )
    expect(details).toEqual([{ labels: { from: {}, to: { env: 'x' } } }, { from: 'active', to: 'suspended' }])
  })
})

forEachDatabase('the deployment', (open) => {
  test('tells what a machine needs to know of it, under the id that the audit log has', async () => {
    const opened = await open()
    const call = apiOf(opened)
    const { body } = await call('getDeployment', { token: await tokenOf(call, 'viewer') })
    const { kid } = opened.dependencies.keys.assertion()
    expect(body).toEqual({
      id: opened.dependencies.deployment.id,
      trustDomain: 'countersign.local',
      publicUrl: opened.dependencies.settings.publicUrl,
      database: opened.dependencies.database.kind,
      restoredAt: null,
      agent: {
        url: `${opened.dependencies.settings.publicUrl}/agent.mjs`,
        sha256: opened.dependencies.agentFile?.sha256,
      },
      assertionKey: { kid, fingerprint: `sha256:${kid}` },
    })
    const { items } = (await call('listAuditEvents', { query: `target=${body.id}` })).body
    expect(items.map(({ action }) => action)).toContain('deployment.start')
  })
})
