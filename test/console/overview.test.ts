import { expect, test } from 'vitest'
import type { ApiResult } from '@/lib/client/call-api'
import { overviewMinutes } from '@/lib/contract/overview'
import { formatId } from '@/lib/domain/ids'
import type { Dependencies } from '@/lib/server/dependencies'
import { newUuid } from '@/lib/server/new-uuid'
import { apiOf, codeOf, tokenOf } from '../api/call-api'
import { decideOnce, seedMachine } from '../api/seed-machine'
import { forEachDatabase, type OpenedForTest } from '../setup/open-test-dependencies'
import { askerOf } from './ask-api'

async function prepare(opened: OpenedForTest) {
  const call = apiOf(opened)
  const { dependencies: deps } = opened
  await call('createService', { body: { slug: 'orders', authorities: [{ authority: 'orders.example' }] } })
  const { id } = await deps.prisma.service.findUniqueOrThrow({ where: { slug: 'orders' } })
  return { call, ask: askerOf(opened), deps, service: { uuid: id } }
}

async function deny(deps: Dependencies, values: Record<string, unknown>, at = new Date()) {
  const id = newUuid()
  const day = new Date(at.toISOString().slice(0, 10))
  await deps.prisma.denial.create({
    data: { day, id, at, lastAt: at, outcome: 'denied', code: 'credential_missing', ...values },
  })
  return formatId('dec', id)
}

forEachDatabase('the overview', (open) => {
  test('of an empty system has zeros, an hour of minutes, and nothing set up', async () => {
    const ask = askerOf(await open())
    const body = await ask('getOverview')
    expect(body.machinesByState).toEqual({
      pending: 0,
      active: 0,
      suspended: 0,
      quarantined: 0,
      expired: 0,
      revoked: 0,
    })
    expect(body.minutes).toHaveLength(overviewMinutes)
    expect(body).toMatchObject({ denialReasons: [], latestDenials: [] })
    expect(Object.values(body.setUp)).toEqual([false, false, false, false, false])
  })

  test('counts machines by the state they are in, and requests, not records', async () => {
    const { ask, deps, service } = await prepare(await open())
    const machine = await seedMachine(deps, { name: 'a' })
    await seedMachine(deps, { state: 'quarantined' })
    // The column still says active; it did not renew in time.
    await seedMachine(deps, { expiresAt: new Date(Date.now() - 1_000) })
    for (const seq of [1, 2, 3]) expect(await decideOnce(deps, machine, service, { seq })).toBe(true)
    await deny(deps, { code: 'credential_missing', count: 7 })
    await deny(deps, { code: 'credential_replayed', machineId: machine.uuid, serviceId: service.uuid })
    await deny(deps, { code: 'policy_denied', outcome: 'observed', count: 2 })
    const body = await ask('getOverview')
    expect(body.machinesByState).toMatchObject({ active: 1, quarantined: 1, expired: 1 })
    const sum = (key: 'allowed' | 'denied' | 'observed') =>
      body.minutes.reduce((total, minute) => total + minute[key], 0)
    expect([sum('allowed'), sum('denied'), sum('observed')]).toEqual([3, 8, 2])
    expect(body.denialReasons).toEqual([
      { code: 'credential_missing', count: 7 },
      { code: 'credential_replayed', count: 1 },
    ])
    expect(body.latestDenials[0]).toMatchObject({ code: 'credential_replayed', machine: { id: machine.id, name: 'a' } })
    expect(body.setUp).toEqual({
      hasService: true,
      hasGateway: false,
      hasJoinToken: false,
      hasMachine: true,
      hasDecision: true,
    })
  })

  test('leaves out what is older than its hour', async () => {
    const { ask, deps } = await prepare(await open())
    const before = await ask('getOverview')
    await deny(deps, {}, new Date(Date.parse(before.minutes[0]!.at) - 1_000))
    const body = await ask('getOverview')
    expect(body.denialReasons).toEqual([])
    expect(body.latestDenials).toHaveLength(1)
  })
})

forEachDatabase('the activity of machines', (open) => {
  test('tells the last allow and the last hour of each machine that was asked for', async () => {
    const { ask, deps, service } = await prepare(await open())
    const [busy, idle] = [await seedMachine(deps), await seedMachine(deps)]
    for (const seq of [1, 2]) await decideOnce(deps, busy, service, { seq })
    await deny(deps, { machineId: busy.uuid, count: 3 })
    const { items } = await ask('listMachineActivity', { query: `machine=${busy.id}&machine=${idle.id}` })
    const of = (id: string) => items.find((item) => item.machine === id)!
    expect(of(busy.id)).toMatchObject({ allowedLastHour: 2, deniedLastHour: 3 })
    expect(Date.parse(of(busy.id).lastAllowedAt ?? '')).toBeGreaterThan(Date.now() - 60_000)
    expect(of(idle.id)).toEqual({ machine: idle.id, lastAllowedAt: null, allowedLastHour: 0, deniedLastHour: 0 })
    expect((await ask('listMachineActivity', { query: `machine=${idle.id}` })).items).toHaveLength(1)
  })

  test('is bounded', async () => {
    const call = apiOf(await open())
    const many = Array.from({ length: 51 }, () => `machine=${formatId('mach', newUuid())}`).join('&')
    expect(codeOf(await call('listMachineActivity', { query: many }))).toBe('request_malformed')
    expect(codeOf(await call('listMachineActivity', { query: 'machine=x' }))).toBe('request_malformed')
    expect(codeOf(await call('listMachineActivity'))).toBe('request_malformed')
  })
})

forEachDatabase('one decision', (open) => {
  test('is found by its id, allowed or denied, by whoever may read decisions', async () => {
    const { call, ask, deps, service } = await prepare(await open())
    const machine = await seedMachine(deps, { name: 'a' })
    await decideOnce(deps, machine, service, { seq: 1 })
    const denied = await deny(deps, { code: 'credential_replayed', machineId: machine.uuid })
    const { items } = await ask('listDecisions')
    const token = await tokenOf(call, 'viewer')
    for (const item of items) {
      expect(await ask('getDecision', { params: { decision: item.id }, token })).toEqual(item)
    }
    expect(items.map((item) => item.id)).toContain(denied)
  })

  test('is not found where there is none, whatever the id says of its time', async () => {
    const call = apiOf(await open())
    for (const uuid of [newUuid(), '00000000-0000-7000-8000-000000000000', 'ffffffff-ffff-7fff-bfff-ffffffffffff']) {
      expect(codeOf(await call('getDecision', { params: { decision: formatId('dec', uuid) } }))).toBe('not_found')
    }
  })
})

forEachDatabase('the order of machines', (open) => {
  test('goes page by page by name and by enrolment, both ways, each machine once', async () => {
    const { ask, deps } = await prepare(await open())
    const names = ['b', 'a', 'a', 'Ä-machine', 'a\u202eb', 'c', 'a']
    for (const name of names) await seedMachine(deps, { name })
    const walk = async (sort: string) => {
      const found: { id: string; name: string }[] = []
      let cursor: string | null = ''
      while (cursor !== null) {
        const query = `sort=${sort}&limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`
        const page: ApiResult<'listMachines'> = await ask('listMachines', { query })
        found.push(...page.items)
        cursor = page.nextCursor
      }
      expect(new Set(found.map(({ id }) => id)).size).toBe(names.length)
      return found
    }
    const byBytes = [...names].sort((x, y) => Buffer.compare(Buffer.from(x), Buffer.from(y)))
    const byName = await walk('name')
    expect(byName.map(({ name }) => name)).toEqual(byBytes)
    expect((await walk('-name')).map(({ id }) => id)).toEqual(byName.map(({ id }) => id).reverse())
    const oldestFirst = await walk('enrolledAt')
    expect(oldestFirst.map(({ name }) => name)).toEqual(names)
    expect((await walk('-enrolledAt')).map(({ id }) => id)).toEqual(oldestFirst.map(({ id }) => id).reverse())
  })

  test('keeps the cursor of one order from another', async () => {
    const { call, ask, deps } = await prepare(await open())
    for (const name of ['a', 'b']) await seedMachine(deps, { name })
    const { nextCursor } = await ask('listMachines', { query: 'sort=name&limit=1' })
    expect(codeOf(await call('listMachines', { query: `cursor=${nextCursor}` }))).toBe('request_malformed')
    expect(codeOf(await call('listMachines', { query: 'sort=shoe' }))).toBe('request_malformed')
  })
})
