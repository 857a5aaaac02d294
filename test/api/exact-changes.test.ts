/** On PostgreSQL alone: the embedded database has one connection, so that nothing there can stand in a change's way. */
import { Client } from 'pg'
import { afterEach, expect, test } from 'vitest'
import { forEachDatabase, type OpenedForTest } from '../setup/open-test-dependencies'
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
