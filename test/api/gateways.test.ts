import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { forEachDatabase, type OpenedForTest } from '../setup/open-test-dependencies'
import { apiOf, codeOf } from './call-api'
import { seedMachine } from './seed-machine'

async function openWithServices(open: () => Promise<OpenedForTest>) {
  const opened = await open()
  const call = apiOf(opened)
  for (const slug of ['orders', 'billing']) {
    await call('createService', { body: { slug, authorities: [{ authority: `${slug}.example` }] } })
  }
  const versionOf = async (service: string) => (await call('getService', { params: { service } })).body.version
  return { opened, call, versionOf }
}

const edge = { name: 'edge', profile: 'nginx', services: ['orders'] }
const params = { gateway: 'edge' }

forEachDatabase('gateways', (open) => {
  test('are made, shown and listed; their services move to the next version', async () => {
    const { call, versionOf } = await openWithServices(open)
    const made = await call('createGateway', { body: edge })
    expect(made.body).toMatchObject({
      name: 'edge',
      profile: 'nginx',
      machine: null,
      keys: [],
      services: [{ slug: 'orders' }],
    })
    expect((await call('getGateway', { params })).body).toEqual(made.body)
    expect((await call('getGateway', { params: { gateway: made.body.id } })).body).toEqual(made.body)
    expect((await call('listGateways')).body.items).toEqual([made.body])
    expect([await versionOf('orders'), await versionOf('billing')]).toEqual([2, 1])
    expect((await call('getService', { params: { service: 'orders' } })).body.gateways).toMatchObject([
      { name: 'edge' },
    ])
  })

  test('are refused with a name that is taken, a service that is missing, or a profile that is none', async () => {
    const { call } = await openWithServices(open)
    await call('createGateway', { body: edge })
    expect(codeOf(await call('createGateway', { body: edge }))).toBe('conflict')
    expect(codeOf(await call('createGateway', { body: { ...edge, name: 'e2', services: ['nope'] } }))).toBe(
      'request_malformed',
    )
    expect(codeOf(await call('createGateway', { body: { ...edge, name: 'e2', services: [] } }))).toBe(
      'request_malformed',
    )
    expect(codeOf(await call('createGateway', { body: { ...edge, name: 'e2', profile: 'apache' } }))).toBe(
      'request_malformed',
    )
    expect(codeOf(await call('getGateway', { params: { gateway: 'nope' } }))).toBe('not_found')
    expect((await call('listGateways')).body.items).toHaveLength(1)
  })

  test('have two live keys at most, shown once and stored as a hash; each change bumps the services', async () => {
    const { opened, call, versionOf } = await openWithServices(open)
    await call('createGateway', { body: edge })
    const keys = [await call('addGatewayKey', { params }), await call('addGatewayKey', { params })]
    for (const { body } of keys) expect(body.key).toMatch(/^csg_[A-Za-z0-9_-]{43}$/)
    expect(await versionOf('orders')).toBe(4)
    const third = await call('addGatewayKey', { params })
    expect(codeOf(third)).toBe('conflict')
    expect(await versionOf('orders')).toBe(4)

    const stored = await opened.dependencies.prisma.gatewayKey.findMany({ orderBy: { createdAt: 'asc' } })
    expect(stored.map((row) => Buffer.from(row.hash).toString('hex')).sort()).toEqual(
      keys.map(({ body }) => createHash('sha256').update(body.key).digest('hex')).sort(),
    )
    const shown = (await call('getGateway', { params })).text + (await call('listGateways')).text
    expect(shown).not.toContain('csg_')

    const removed = await call('removeGatewayKey', { params: { ...params, key: keys[0]!.body.id } })
    expect(removed.body.keys).toMatchObject([{ id: keys[1]?.body.id }])
    expect(await versionOf('orders')).toBe(5)
    expect(codeOf(await call('removeGatewayKey', { params: { ...params, key: keys[0]!.body.id } }))).toBe('not_found')
    expect(codeOf(await call('addGatewayKey', { params }))).toBe(201)
  })

  test('ten keys asked for at once: two are made', async () => {
    const { call } = await openWithServices(open)
    await call('createGateway', { body: edge })
    const codes = (await Promise.all(Array.from({ length: 10 }, () => call('addGatewayKey', { params })))).map(codeOf)
    expect(codes.filter((code) => code === 201)).toHaveLength(2)
    expect(codes.filter((code) => code === 'conflict')).toHaveLength(8)
  })

  test('a key of one gateway is not removed through another', async () => {
    const { call } = await openWithServices(open)
    await call('createGateway', { body: edge })
    await call('createGateway', { body: { ...edge, name: 'other' } })
    const key = (await call('addGatewayKey', { params })).body.id
    expect(codeOf(await call('removeGatewayKey', { params: { gateway: 'other', key } }))).toBe('not_found')
    expect((await call('getGateway', { params })).body.keys).toHaveLength(1)
  })

  test('changing the services bumps those before and those after', async () => {
    const { call, versionOf } = await openWithServices(open)
    await call('createGateway', { body: edge })
    const changed = await call('updateGateway', { params, body: { services: ['billing'] } })
    expect(changed.body.services).toMatchObject([{ slug: 'billing' }])
    expect([await versionOf('orders'), await versionOf('billing')]).toEqual([3, 2])
    await call('updateGateway', { params, body: { services: ['billing'] } })
    expect([await versionOf('orders'), await versionOf('billing')]).toEqual([3, 2])
    expect((await call('listAuditEvents', { query: 'action=gateway.update' })).body.items).toHaveLength(1)
  })

  test('a gate may be a machine instead of holding a key; revoking the machine bumps its services', async () => {
    const { opened, call, versionOf } = await openWithServices(open)
    const machine = await seedMachine(opened.dependencies, { name: 'gate-1' })
    const body = { name: 'gate', profile: 'gate', services: ['orders', 'billing'], machineId: machine.id }
    expect(codeOf(await call('createGateway', { body: { ...body, profile: 'nginx' } }))).toBe('conflict')
    const made = await call('createGateway', { body })
    expect(made.body.machine).toEqual({ id: machine.id, name: 'gate-1' })
    expect(codeOf(await call('addGatewayKey', { params: { gateway: 'gate' } }))).toBe('conflict')
    expect(codeOf(await call('createGateway', { body: { ...body, name: 'gate2' } }))).toBe('conflict')

    const before = [await versionOf('orders'), await versionOf('billing')]
    expect(codeOf(await call('revokeMachine', { params: { machine: machine.id }, body: { reason: 'stolen' } }))).toBe(
      200,
    )
    expect([await versionOf('orders'), await versionOf('billing')]).toEqual(before.map((version) => version + 1))

    await call('updateGateway', { params: { gateway: 'gate' }, body: { machineId: null } })
    const again = await call('updateGateway', { params: { gateway: 'gate' }, body: { machineId: machine.id } })
    expect(codeOf(again)).toBe('conflict')
    expect(codeOf(await call('updateGateway', { params: { gateway: 'nope' }, body: {} }))).toBe('not_found')
  })
})
