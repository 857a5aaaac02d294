import { expect, test } from 'vitest'
import { machineStates, type MachineState } from '@/lib/domain/machine/machine-state'
import { formatId } from '@/lib/domain/ids'
import { newUuid } from '@/lib/server/new-uuid'
import { forEachDatabase, type OpenedForTest } from '../setup/open-test-dependencies'
import { apiOf, codeOf, type CallApi } from './call-api'
import { decideOnce, seedMachine } from './seed-machine'

const reason = 'reported stolen'

async function addService(opened: OpenedForTest, call: CallApi): Promise<{ uuid: string }> {
  await call('createService', { body: { slug: 'orders', authorities: [{ authority: 'orders.example' }] } })
  const row = await opened.dependencies.prisma.service.findUniqueOrThrow({ where: { slug: 'orders' } })
  return { uuid: row.id }
}

type StateChange = 'suspendMachine' | 'reinstateMachine' | 'releaseMachine' | 'revokeMachine'

/** What each change is allowed from, and where it leads: section 8 of the protocol as a table. */
const changes: readonly { id: StateChange; from: readonly MachineState[]; to: MachineState; action: string }[] = [
  { id: 'suspendMachine', from: ['active', 'expired'], to: 'suspended', action: 'machine.suspend' },
  { id: 'reinstateMachine', from: ['suspended'], to: 'active', action: 'machine.reinstate' },
  { id: 'releaseMachine', from: ['quarantined'], to: 'active', action: 'machine.release' },
  {
    id: 'revokeMachine',
    from: ['pending', 'active', 'suspended', 'quarantined', 'expired'],
    to: 'revoked',
    action: 'machine.revoke',
  },
]

forEachDatabase('machines', (open) => {
  test('change state as the table of states says, with version, reason and audit event, or not at all', async () => {
    const opened = await open()
    const call = apiOf(opened)
    for (const { id, from, to, action } of changes) {
      for (const state of machineStates) {
        const machine = await seedMachine(opened.dependencies, { state })
        const params = { machine: machine.id }
        const answer = await call(id, { params, body: { reason } })
        const events = (await call('listAuditEvents', { query: `target=${machine.id}` })).body.items
        const now = (await call('getMachine', { params })).body
        if (from.includes(state)) {
          expect([id, state, codeOf(answer)]).toEqual([id, state, 200])
          expect(answer.body.machine).toMatchObject({ state: to, stateReason: reason, version: 2 })
          expect(answer.body.inForceAfterMs).toBeGreaterThan(0)
          expect(events).toMatchObject([{ action, reason, detail: { from: state }, target: { name: machine.name } }])
          expect(now).toMatchObject({ state: to, version: 2 })
        } else {
          expect([id, state, codeOf(answer)]).toEqual([id, state, 'conflict'])
          expect(answer.problem?.detail?.length).toBeGreaterThan(10)
          expect(events).toEqual([])
          expect(now).toMatchObject({ state, version: 1 })
        }
      }
    }
  })

  test('revoking and releasing want a reason; what is missing is missing', async () => {
    const opened = await open()
    const call = apiOf(opened)
    const { id } = await seedMachine(opened.dependencies)
    for (const body of [{}, { reason: '' }, { reason: '   ' }, { reason: 'a\u202eb' }, { reason: 'x'.repeat(501) }]) {
      expect(codeOf(await call('revokeMachine', { params: { machine: id }, body }))).toBe('request_malformed')
      expect(codeOf(await call('releaseMachine', { params: { machine: id }, body }))).toBe('request_malformed')
    }
    expect(codeOf(await call('suspendMachine', { params: { machine: id } }))).toBe(200)
    const missing = formatId('mach', newUuid())
    for (const { id: operation } of changes) {
      const answer = await call(operation, { params: { machine: missing }, body: { reason } })
      expect([operation, codeOf(answer)]).toEqual([operation, 'not_found'])
    }
    expect(codeOf(await call('getMachine', { params: { machine: missing } }))).toBe('not_found')
    expect(codeOf(await call('setMachineLabels', { params: { machine: missing }, body: { labels: {} } }))).toBe(
      'not_found',
    )
    expect(codeOf(await call('getMachine', { params: { machine: id.toUpperCase() } }))).toBe('request_malformed')
  })

  test('labels are replaced, recorded, and not changed on a revoked machine', async () => {
    const opened = await open()
    const call = apiOf(opened)
    const machine = await seedMachine(opened.dependencies, { labels: { env: 'test' } })
    const params = { machine: machine.id }
    const answer = await call('setMachineLabels', {
      params,
      body: { labels: { env: 'prod', 'team/name': 'Payments & Co' } },
    })
    expect(answer.body.machine).toMatchObject({ version: 2, labels: { env: 'prod', 'team/name': 'Payments & Co' } })
    const [event] = (await call('listAuditEvents', { query: 'action=machine.set_labels' })).body.items
    expect(event?.detail.labels).toEqual({ from: { env: 'test' }, to: { env: 'prod', 'team/name': 'Payments & Co' } })
    await call('revokeMachine', { params, body: { reason } })
    expect(codeOf(await call('setMachineLabels', { params, body: { labels: {} } }))).toBe('conflict')
  })

  test('no allow follows a change that has returned, and the last one is told', async () => {
    const opened = await open()
    const call = apiOf(opened)
    const service = await addService(opened, call)
    const machine = await seedMachine(opened.dependencies)
    const other = await seedMachine(opened.dependencies)
    expect(await decideOnce(opened.dependencies, machine, service)).toBe(true)
    const answer = await call('revokeMachine', { params: { machine: machine.id }, body: { reason } })
    expect(Date.parse(answer.body.lastAllowedAt ?? '')).toBeGreaterThan(Date.now() - 60_000)
    expect(await decideOnce(opened.dependencies, machine, service)).toBe(false)
    expect(await decideOnce(opened.dependencies, other, service)).toBe(true)
    const never = await seedMachine(opened.dependencies)
    const revoked = await call('revokeMachine', { params: { machine: never.id }, body: { reason } })
    expect(revoked.body.lastAllowedAt).toBeNull()
  })

  test('twenty revocations at once: one is done, one event is written', async () => {
    const opened = await open()
    const call = apiOf(opened)
    const machine = await seedMachine(opened.dependencies)
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => call('revokeMachine', { params: { machine: machine.id }, body: { reason } })),
    )
    const codes = answers.map(codeOf)
    expect(codes.filter((code) => code === 200)).toHaveLength(1)
    expect(codes.filter((code) => code === 'conflict')).toHaveLength(19)
    expect((await call('listAuditEvents', { query: `target=${machine.id}` })).body.items).toHaveLength(1)
  })

  test('one that did not renew in time is expired, in lists as in itself', async () => {
    const opened = await open()
    const call = apiOf(opened)
    const late = await seedMachine(opened.dependencies, { expiresAt: new Date(Date.now() - 1000) })
    const current = await seedMachine(opened.dependencies)
    const idsOf = async (query: string) =>
      (await call('listMachines', { query })).body.items.map((item: { id: string }) => item.id)
    expect((await call('getMachine', { params: { machine: late.id } })).body.state).toBe('expired')
    expect(await idsOf('state=expired')).toEqual([late.id])
    expect(await idsOf('state=active')).toEqual([current.id])
  })

  test('are listed page by page, and found by state, name, prefix and labels', async () => {
    const opened = await open()
    const call = apiOf(opened)
    const names = ['web-1', 'web-2', 'web%3', 'db_1', 'dbx1']
    for (const [index, name] of names.entries()) {
      const labels = { env: index < 2 ? 'prod' : 'test', tier: name.slice(0, 2) }
      await seedMachine(opened.dependencies, { name, labels, state: index === 4 ? 'suspended' : 'active' })
    }
    const namesOf = async (query: string) =>
      (await call('listMachines', { query })).body.items.map((item: { name: string }) => item.name)
    expect(await namesOf('')).toEqual([...names].reverse())
    expect(await namesOf('state=suspended')).toEqual(['dbx1'])
    expect(await namesOf('name=web-1')).toEqual(['web-1'])
    expect(await namesOf('namePrefix=web-')).toEqual(['web-2', 'web-1'])
    expect(await namesOf('namePrefix=web%25')).toEqual(['web%3'])
    expect(await namesOf('namePrefix=db_')).toEqual(['db_1'])
    expect(await namesOf('label=env%3Dprod')).toEqual(['web-2', 'web-1'])
    expect(await namesOf('label=env%3Dtest&label=tier%3Ddb')).toEqual(['dbx1', 'db_1'])
    for (const query of ['label=env', 'label=%3Dx', 'label=env%3Da&label=env%3Db', 'state=gone', 'name=']) {
      expect([query, codeOf(await call('listMachines', { query }))]).toEqual([query, 'request_malformed'])
    }
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const page: { body: { items: { name: string }[]; nextCursor: string | null } } = await call('listMachines', {
        query: `limit=2${cursor === null ? '' : `&cursor=${cursor}`}`,
      })
      seen.push(...page.body.items.map(({ name }) => name))
      cursor = page.body.nextCursor
    } while (cursor !== null)
    expect(seen).toEqual([...names].reverse())
  })

  test('what a machine says of itself comes back as bounded text, its keys only as thumbprints', async () => {
    const opened = await open()
    const call = apiOf(opened)
    const hostile = '\u001b[31m<script>\u202e'
    const { id } = await seedMachine(opened.dependencies, {
      name: hostile,
      reported: { hostname: hostile, long: 'x'.repeat(5000) },
    })
    const { body } = await call('getMachine', { params: { machine: id } })
    expect(body.name).toBe(hostile)
    expect(body.reported.hostname).toBe(hostile)
    expect(body.reported.long).toHaveLength(1024)
    expect(body.spiffeId).toBe(`spiffe://countersign.local/machine/${id}`)
    expect(body.generations).toHaveLength(1)
    expect(Object.keys(body.generations[0] ?? {})).not.toContain('signingJwk')
  })
})
