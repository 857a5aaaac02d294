import { expect, test } from 'vitest'
import type { ForkEvidence } from '@/lib/server/enrollment/fork-evidence'
import { quarantineMachine } from '@/lib/server/enrollment/quarantine-machine'
import { newUuid } from '@/lib/server/new-uuid'
import { forEachDatabase } from '../setup/open-test-dependencies'
import { createEnrollmentWorld, makeMachineKeys, type EnrollmentWorld } from './enrollment-world'

const evidence: ForkEvidence = {
  kind: 'sequence_reused',
  generation: 1,
  sides: [
    { address: '198.51.100.1', at: '2026-01-01T00:00:00.000Z', detail: 'number 7 signed one request' },
    { address: '198.51.100.2', at: '2026-01-01T00:00:01.000Z', detail: 'number 7 signed another' },
  ],
}

forEachDatabase('copies of a machine', (open, kind) => {
  const world = async (now?: () => Date) => createEnrollmentWorld((await open(now ? { now } : {})).dependencies)

  test('of two renewals with different keys at once one wins, and the machine is quarantined', async () => {
    const w = await world()
    const machine = await w.enroll()
    const bystander = await w.enroll()
    const answers = await Promise.all([
      w.send(w.renewalMessage(machine, 1, machine.keys, makeMachineKeys()), '198.51.100.1'),
      w.send(w.renewalMessage(machine, 1, machine.keys, makeMachineKeys()), '198.51.100.2'),
    ])
    expect(answers.map((answer) => answer.body.code ?? 'renewed').sort()).toEqual(['machine_quarantined', 'renewed'])
    const row = await w.readMachine(machine.uuid)
    expect(row).toMatchObject({ state: 'quarantined', generation: 2, version: 3n })
    expect(row.stateReason).toMatch(/Two different successors .* generation 1/)
    const loser = answers[0].status === 200 ? '198.51.100.2' : '198.51.100.1'
    expect(await w.listAudit('machine.quarantine')).toMatchObject([
      { actorType: 'system', targetId: machine.id, detail: { sides: [{}, { address: loser }] } },
    ])
    expect(await w.readMachine(bystander.uuid)).toMatchObject({ state: 'active', version: 1n })
  })

  test('a number on record above lastSeq quarantines that machine alone', async () => {
    const w = await world()
    const machine = await w.enroll()
    const bystander = await w.enroll()
    // As text, s99999 comes after s100000 and s5000: only their values count.
    for (const useKey of ['s1', 's5000', 's99999', 's100000', 'n99999999999999999999']) {
      await w.recordUse(machine.uuid, 1, useKey)
      await w.recordUse(bystander.uuid, 1, useKey)
    }
    const fine = w.renewalMessage(bystander, 1, bystander.keys, makeMachineKeys(), { body: { lastSeq: 100_000 } })
    expect((await w.send(fine)).status).toBe(200)
    const forked = w.renewalMessage(machine, 1, machine.keys, makeMachineKeys(), { body: { lastSeq: 99_999 } })
    expect((await w.send(forked)).body.code).toBe('machine_quarantined')
    const row = await w.readMachine(machine.uuid)
    expect(row).toMatchObject({ state: 'quarantined', generation: 1 })
    expect(row.stateReason).toContain('number 100000 was used, from 198.51.100.7')
    expect(row.stateReason).toContain('99999 is the highest, from 192.0.2.1')
    expect(await w.readMachine(bystander.uuid)).toMatchObject({ state: 'active', generation: 2 })
  })

  test('finds the one use above among more than a page of them', async () => {
    const w = await world()
    const machine = await w.enroll()
    await w.deps.pool.query(
      `INSERT INTO "decision" ("generation_day", "machine_id", "generation", "use_key", "id", "at", "service_id", "created",
                               "base_hash", "algorithm", "method", "authority", "path", "query_names", "content")
       SELECT g."day", g."machine_id", 1, 's' || n, gen_random_uuid(), clock_timestamp() - interval '1 hour', gen_random_uuid(),
              0, '\\x00', 'hmac-sha256', 'GET', 'api.test', '/', '{}', 'none'
         FROM "generation" g, generate_series(1, 45001) AS n WHERE g."machine_id" = $1`,
      [machine.uuid],
    )
    const message = w.renewalMessage(machine, 1, machine.keys, makeMachineKeys(), { body: { lastSeq: 45_000 } })
    expect((await w.send(message)).body.code).toBe('machine_quarantined')
    expect((await w.readMachine(machine.uuid)).stateReason).toContain('number 45001 was used')
  })

  test('quarantine by the verification path is idempotent and never throws', async () => {
    const w = await world()
    const machine = await w.enroll()
    const outcomes = await Promise.all(
      Array.from({ length: 5 }, () => quarantineMachine(w.deps, machine.uuid, evidence)),
    )
    expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual([
      ...Array<string>(4).fill('already_refused'),
      'quarantined',
    ])
    expect(await w.readMachine(machine.uuid)).toMatchObject({ state: 'quarantined', version: 2n })
    expect(await w.listAudit('machine.quarantine')).toHaveLength(1)
    await w.deps.prisma.machine.update({ where: { id: machine.uuid }, data: { state: 'revoked' } })
    expect(await quarantineMachine(w.deps, machine.uuid, evidence)).toEqual({ outcome: 'already_refused' })
    expect(await quarantineMachine(w.deps, newUuid(), evidence)).toEqual({ outcome: 'machine_unknown' })
    expect(await quarantineMachine(w.deps, 'not a uuid', evidence)).toEqual({ outcome: 'failed' })
    expect(await w.readMachine(machine.uuid)).toMatchObject({ state: 'revoked' })
  })

  test('when many fork within a minute their conflicts are denied, nobody more is quarantined, one alert says so', async () => {
    let instant = Date.now()
    const w = await world(() => new Date(instant))
    const uuids = await makeMachines(w, 40)
    for (const uuid of uuids.slice(0, 20)) {
      expect((await quarantineMachine(w.deps, uuid, evidence)).outcome).toBe('quarantined')
    }
    const outcomes = await Promise.all(uuids.slice(20).map((uuid) => quarantineMachine(w.deps, uuid, evidence)))
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(Array(20).fill('storm'))
    expect(await w.listAudit('machine.fork_storm')).toMatchObject([
      { targetId: w.deps.deployment.id, detail: { forked: 21 } },
    ])
    expect(await w.deps.prisma.machine.count({ where: { state: 'quarantined' } })).toBe(20)

    const renewing = await w.enroll()
    await w.recordUse(renewing.uuid, 1, 's9')
    const denied = w.renewalMessage(renewing, 1, renewing.keys, makeMachineKeys(), { body: { lastSeq: 1 } })
    expect((await w.send(denied)).body.code).toBe('generation_conflict')
    expect(await w.readMachine(renewing.uuid)).toMatchObject({ state: 'active', generation: 1, version: 1n })

    instant += 5 * 60_000
    const later = w.renewalMessage(renewing, 1, renewing.keys, makeMachineKeys(), { body: { lastSeq: 1 } })
    expect((await w.send(later)).body.code).toBe('machine_quarantined')
  })

  // What follows depends on rules, not on the database: once is enough.
  if (kind === 'embedded') return

  test('other keys for a generation are a fork for as long as it would have lived, and late afterwards', async () => {
    let instant = Date.now()
    const w = await world(() => new Date(instant))
    const early = await w.enroll()
    const late = await w.enroll()
    const keys = new Map([early, late].map((machine) => [machine, makeMachineKeys()]))
    for (const [machine, next] of keys) await w.send(w.renewalMessage(machine, 1, machine.keys, next))
    instant += 23 * 3600_000
    for (const [machine, next] of keys) await w.send(w.renewalMessage(machine, 2, next, makeMachineKeys()))
    const code = async (machine: typeof early) =>
      (await w.send(w.renewalMessage(machine, 1, machine.keys, makeMachineKeys()))).body.code
    expect(await code(early)).toBe('machine_quarantined')
    instant += 2 * 3600_000
    expect(await code(late)).toBe('generation_superseded')
    expect(await w.readMachine(late.uuid)).toMatchObject({ state: 'active', generation: 3 })
  })

  test('a use whose record is still under way when the renewal comes is seen', async () => {
    const w = await world()
    const machine = await w.enroll()
    const batch = await w.deps.pool.connect()
    await batch.query('BEGIN')
    await batch.query('SELECT 1 FROM "machine" WHERE "id" = $1 FOR SHARE', [machine.uuid])
    await w.recordUse(machine.uuid, 1, 's5000', batch)
    const { rows } = await batch.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
    const message = w.renewalMessage(machine, 1, machine.keys, makeMachineKeys(), { body: { lastSeq: 1 } })
    const answered = w.send(message)
    await expect
      .poll(async () => {
        const waiting = await w.deps.pool.query(
          'SELECT 1 FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid))',
          [rows[0]?.pid],
        )
        return waiting.rowCount
      })
      .toBe(1)
    await batch.query('COMMIT')
    batch.release()
    expect((await answered).body.code).toBe('machine_quarantined')
  })

  test('uses of another generation are no evidence against this one', async () => {
    const w = await world()
    const machine = await w.enroll()
    const second = makeMachineKeys()
    await w.recordUse(machine.uuid, 1, 's5000')
    await w.send(w.renewalMessage(machine, 1, machine.keys, second, { body: { lastSeq: 5000 } }))
    const answered = await w.send(w.renewalMessage(machine, 2, second, makeMachineKeys(), { body: { lastSeq: 0 } }))
    expect(answered.status).toBe(200)
  })

  test('messages outside their window or with a wrong signature quarantine nobody', async () => {
    const w = await world()
    const machine = await w.enroll()
    await w.recordUse(machine.uuid, 1, 's5000')
    const now = Math.floor(Date.now() / 1000)
    const body = { lastSeq: 1 }
    const stranger = makeMachineKeys()
    for (const [code, message] of [
      [
        'credential_expired',
        w.renewalMessage(machine, 1, machine.keys, stranger, {
          body,
          changes: { created: now - 200, expires: now - 140 },
        }),
      ],
      [
        'enrollment_signature_invalid',
        w.renewalMessage(machine, 1, machine.keys, stranger, {
          body,
          signedBy: { current: stranger.signing.privateKey },
        }),
      ],
      [
        'enrollment_signature_invalid',
        w.renewalMessage(machine, 1, machine.keys, stranger, {
          body,
          signedBy: { next: machine.keys.signing.privateKey },
        }),
      ],
    ] as const) {
      expect((await w.send(message)).body.code).toBe(code)
    }
    expect(await w.readMachine(machine.uuid)).toMatchObject({ state: 'active', version: 1n })
    expect(await w.listAudit('machine.quarantine')).toEqual([])
  })

  test('more than twenty forks among many active machines are no storm', async () => {
    const w = await world()
    const uuids = await makeMachines(w, 2300)
    for (const uuid of uuids.slice(0, 22)) {
      expect((await quarantineMachine(w.deps, uuid, evidence)).outcome).toBe('quarantined')
    }
    expect((await quarantineMachine(w.deps, uuids[22] ?? '', evidence)).outcome).toBe('quarantined')
    expect((await quarantineMachine(w.deps, uuids[23] ?? '', evidence)).outcome).toBe('storm')
  })
})

/** Active machines without keys. */
async function makeMachines(w: EnrollmentWorld, count: number): Promise<string[]> {
  const uuids = Array.from({ length: count }, () => newUuid())
  await w.deps.prisma.machine.createMany({
    data: uuids.map((id) => ({
      id,
      name: 'fleet',
      state: 'active',
      generation: 1,
      requestAlgorithm: 'hmac-sha256',
      lifetimeSeconds: 86_400,
      expiresAt: new Date(w.deps.now().getTime() + 86_400_000),
    })),
  })
  return uuids
}
