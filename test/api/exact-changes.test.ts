/** On PostgreSQL alone: the embedded database has one connection, so that nothing there can stand in a change's way. */
import { Client } from 'pg'
import { afterEach, expect, test } from 'vitest'
import { newUuid } from '@/lib/server/new-uuid'
import { forEachDatabase, type OpenedForTest } from '../setup/open-test-dependencies'
import { until } from '../verification/support/in-parallel'
import { apiOf, codeOf } from './call-api'
import { decideOnce, seedMachine } from './seed-machine'

const clients: Client[] = []
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.end().catch(() => undefined)))
})

async function connect(opened: OpenedForTest): Promise<Client> {
  const client = new Client({ connectionString: opened.place.environment.DATABASE_URL })
  client.on('error', () => undefined)
  await client.connect()
  clients.push(client)
  return client
}

/** Holds share locks on the rows that decisions lock, one short transaction after the other, until told to stop. */
async function lockOverAndOver(client: Client, ids: { machine: string; service: string }, until: () => boolean) {
  let rounds = 0
  while (!until()) {
    await client.query('BEGIN')
    await client.query('SELECT 1 FROM "machine" WHERE "id" = $1 FOR SHARE', [ids.machine])
    await client.query('SELECT 1 FROM "service" WHERE "id" = $1 FOR SHARE', [ids.service])
    await client.query('SELECT pg_sleep(0.02)')
    await client.query('COMMIT')
    rounds += 1
  }
  return rounds
}

forEachDatabase('changes while decisions go on', (open, kind) => {
  test('a change and its audit event are one: without the event there is no change', async () => {
    const opened = await open()
    const call = apiOf(opened)
    const { machine } = await seed(opened)
    const { prisma } = opened.dependencies
    await prisma.$executeRaw`ALTER TABLE "audit_event" ADD CONSTRAINT "no_more" CHECK (false) NOT VALID`
    const revoke = () => call('revokeMachine', { params: { machine: machine.id }, body: { reason: 'x' } })
    expect(codeOf(await revoke())).toBe('internal_error')
    expect((await call('getMachine', { params: { machine: machine.id } })).body.state).toBe('active')
    await prisma.$executeRaw`ALTER TABLE "audit_event" DROP CONSTRAINT "no_more"`
    expect(codeOf(await revoke())).toBe(200)
  })

  test('changes of one machine at once all happen, one after the other, each with its own event', async () => {
    const opened = await open()
    const call = apiOf(opened)
    const { machine } = await seed(opened)
    const before = (await call('getMachine', { params: { machine: machine.id } })).body
    const changed = await Promise.all(
      ['1', '2', '3'].map((a) =>
        call('setMachineLabels', { params: { machine: machine.id }, body: { labels: { a } } }),
      ),
    )
    expect(changed.map(codeOf)).toEqual([200, 200, 200])
    const versions = changed.map(({ body }) => body.machine.version - before.version)
    expect(versions.sort()).toEqual([1, 2, 3])
    const events = (await call('listAuditEvents', { query: `target=${machine.id}` })).body.items
    // Each tells what it really found: the first one nothing, every other what the one before had set.
    const steps = new Map(
      events.map(({ detail }) => {
        const { from, to } = detail.labels as Record<'from' | 'to', { readonly a?: string }>
        return [from.a, to.a]
      }),
    )
    const first = steps.get(undefined)
    const second = steps.get(first)
    expect(new Set([first, second, steps.get(second)])).toEqual(new Set(['1', '2', '3']))
  })

  if (kind === 'embedded') {
    test('the one connection serves both', async () => {
      const opened = await open()
      const call = apiOf(opened)
      const { machine, service } = await seed(opened)
      const decisions = Array.from({ length: 20 }, () => decideOnce(opened.dependencies, machine, service))
      const answer = await call('revokeMachine', { params: { machine: machine.id }, body: { reason: 'x' } })
      expect(codeOf(answer)).toBe(200)
      await Promise.all(decisions)
      expect(await decideOnce(opened.dependencies, machine, service)).toBe(false)
    })
    return
  }

  test('a revocation ends the transaction that has been holding the machine for over two seconds', async () => {
    const opened = await open()
    const call = apiOf(opened)
    const { machine } = await seed(opened)
    const stuck = await connect(opened)
    await stuck.query('BEGIN')
    await stuck.query('SELECT 1 FROM "machine" WHERE "id" = $1 FOR SHARE', [machine.uuid])
    const answer = await call('revokeMachine', { params: { machine: machine.id }, body: { reason: 'stuck' } })
    expect(codeOf(answer)).toBe(200)
    expect(answer.body.inForceAfterMs).toBeGreaterThan(1_900)
    expect(answer.body.inForceAfterMs).toBeLessThan(10_000)
    await expect(stuck.query('COMMIT')).rejects.toThrow()
    expect((await call('listAuditEvents', { query: `target=${machine.id}` })).body.items).toHaveLength(1)
  })

  test('a gateway that is bound to a machine while its revocation waits is cut off with it', async () => {
    const opened = await open()
    const call = apiOf(opened)
    const { machine, service } = await seed(opened)
    const { prisma } = opened.dependencies
    const version = async () => (await prisma.service.findUniqueOrThrow({ where: { id: service.uuid } })).version
    const binding = await connect(opened)
    await binding.query('BEGIN')
    await binding.query('SELECT 1 FROM "machine" WHERE "id" = $1 FOR SHARE', [machine.uuid])
    const before = await version()
    const revoked = call('revokeMachine', { params: { machine: machine.id }, body: { reason: 'x' } })
    const gateway = newUuid()
    const columns = '("id", "name", "profile", "machine_id")'
    await binding.query(`INSERT INTO "gateway" ${columns} VALUES ($1, 'gate', 'gate', $2)`, [gateway, machine.uuid])
    await binding.query('INSERT INTO "gateway_service" VALUES ($1, $2)', [gateway, service.uuid])
    await until(async () => {
      const { rows } = await binding.query(`SELECT 1 FROM pg_locks WHERE NOT granted`)
      return rows.length > 0 || undefined
    })
    await binding.query('COMMIT')
    expect(codeOf(await revoked)).toBe(200)
    expect(await version()).toBe(before + 1n)
  })

  test('batches that never let go of a machine and its service do not starve a change of either', async () => {
    const opened = await open()
    const call = apiOf(opened)
    const { machine, service } = await seed(opened)
    let isOver = false
    const ids = { machine: machine.uuid, service: service.uuid }
    const lockers = await Promise.all(Array.from({ length: 12 }, () => connect(opened)))
    const loops = lockers.map((client) => lockOverAndOver(client, ids, () => isOver))
    try {
      for (const labels of [{ a: '1' }, { a: '2' }, { a: '3' }]) {
        const changed = await call('setMachineLabels', { params: { machine: machine.id }, body: { labels } })
        expect(codeOf(changed)).toBe(200)
        expect(changed.body.inForceAfterMs).toBeLessThan(5_000)
      }
      const updated = await call('updateService', { params: { service: 'orders' }, body: { mode: 'observe' } })
      expect(updated.body.mode).toBe('observe')
    } finally {
      isOver = true
    }
    // None of them was ended: they were busy, not stuck.
    for (const rounds of await Promise.all(loops)) expect(rounds).toBeGreaterThan(0)
  })
})

async function seed(opened: OpenedForTest) {
  const call = apiOf(opened)
  await call('createService', { body: { slug: 'orders', authorities: [{ authority: 'orders.example' }] } })
  const row = await opened.dependencies.prisma.service.findUniqueOrThrow({ where: { slug: 'orders' } })
  return { machine: await seedMachine(opened.dependencies), service: { uuid: row.id } }
}
