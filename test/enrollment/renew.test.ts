import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { forEachDatabase } from '../setup/open-test-dependencies'
import { createEnrollmentWorld, makeMachineKeys, type EnrollmentWorld } from './enrollment-world'

forEachDatabase('renewal', (open, kind) => {
  const world = async (now?: () => Date) => createEnrollmentWorld((await open(now ? { now } : {})).dependencies)

  test('replaces the keys, extends the machine’s life and keeps the record of the generation before', async () => {
    let instant = Date.now()
    const w = await world(() => new Date(instant))
    const machine = await w.enroll()
    const before = await w.readMachine(machine.uuid)
    instant += 3600_000
    const next = makeMachineKeys()
    const answered = await w.send(
      w.renewalMessage(machine, 1, machine.keys, next, { body: { lastSeq: 2048, reported: { platform: 'new' } } }),
    )
    expect(answered.status).toBe(200)
    const claims = w.open(answered, 'renewal')
    expect(claims).toMatchObject({ aud: next.signing.thumbprint, machine: { id: machine.id, generation: 2 } })
    const after = await w.readMachine(machine.uuid)
    expect(after).toMatchObject({ generation: 2, version: before.version + 1n, reported: { platform: 'new' } })
    expect(after.expiresAt.getTime() - before.expiresAt.getTime()).toBe(3600_000)
    const generations = await w.deps.prisma.generation.findMany({ orderBy: { generation: 'asc' } })
    expect(generations).toMatchObject([
      { generation: 1, lastSeq: 2048n, supersededAt: after.generationStartedAt },
      { generation: 2, lastSeq: null, supersededAt: null, signingThumbprint: next.signing.thumbprint },
    ])
    expect(generations[1]?.expiresAt).toEqual(after.expiresAt)
    expect(generations[0]?.expiresAt).toEqual(before.expiresAt)
  })

  test('the same next keys again, after a lost answer and in parallel, get the same answer', async () => {
    const w = await world()
    const machine = await w.enroll()
    const next = makeMachineKeys()
    const message = w.renewalMessage(machine, 1, machine.keys, next)
    const answers = await Promise.all([message, message, message, message].map((one) => w.send(one)))
    answers.push(await w.send(w.renewalMessage(machine, 1, machine.keys, next, { body: { lastSeq: 9 } })))
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 200, 200])
    const claims = answers.map((answer) => w.open(answer, 'renewal'))
    expect(new Set(claims.map((claim) => JSON.stringify(claim.machine))).size).toBe(1)
    expect(new Set(claims.map((claim) => claim.expiresAt)).size).toBe(1)
    expect(await w.readMachine(machine.uuid)).toMatchObject({ generation: 2, state: 'active', version: 2n })
  })

  test('a suspended machine may renew and stays suspended; others that were cut off may not', async () => {
    const w = await world()
    const machine = await w.enroll()
    const next = makeMachineKeys()
    await setState(w, machine.uuid, 'suspended')
    expect((await w.send(w.renewalMessage(machine, 1, machine.keys, next))).status).toBe(200)
    expect(await w.readMachine(machine.uuid)).toMatchObject({ state: 'suspended', generation: 2 })
    for (const state of ['quarantined', 'revoked', 'pending', 'expired']) {
      await setState(w, machine.uuid, state)
      const answered = await w.send(w.renewalMessage(machine, 2, next, makeMachineKeys()))
      expect(answered).toMatchObject({ status: 403, body: { code: `machine_${state}` } })
      const services = await w.send(w.serviceListMessage(machine, 2, next))
      expect(services.body.code).toBe(`machine_${state}`)
    }
    expect(await w.readMachine(machine.uuid)).toMatchObject({ generation: 2 })
  })

  test('a renewal needs both signatures, an open window and a machine that exists', async () => {
    const w = await world()
    const machine = await w.enroll()
    const other = await w.enroll()
    const next = makeMachineKeys()
    const now = Math.floor(Date.now() / 1000)
    const stranger = makeMachineKeys().signing.privateKey
    const codes = []
    for (const message of [
      w.renewalMessage(machine, 1, machine.keys, next, { signedBy: { current: stranger } }),
      w.renewalMessage(machine, 1, machine.keys, next, { signedBy: { next: stranger } }),
      w.renewalMessage(machine, 1, other.keys, next),
      w.renewalMessage(machine, 1, machine.keys, next, { changes: { created: now - 200, expires: now - 140 } }),
      w.renewalMessage(machine, 1, machine.keys, next, { changes: { authority: 'evil.test' } }),
      w.renewalMessage(machine, 2, machine.keys, next),
      w.renewalMessage({ id: machine.id.replace(/.$/, (c) => (c === '0' ? '1' : '0')) }, 1, machine.keys, next),
      w.renewalMessage({ id: 'mach_x' }, 1, machine.keys, next),
      { ...w.renewalMessage(machine, 1, machine.keys, next), path: `/api/v1/machines/${other.id}/renewals` },
      w.renewalMessage(machine, 1, machine.keys, makeMachineKeys('hardware')),
      w.renewalMessage(machine, 1, machine.keys, machine.keys),
      w.renewalMessage(machine, 1, machine.keys, { ...next, agreement: other.keys.agreement }),
    ]) {
      codes.push((await w.send(message)).body.code)
    }
    expect(codes).toEqual([
      'enrollment_signature_invalid',
      'enrollment_signature_invalid',
      'enrollment_signature_invalid',
      'credential_expired',
      'enrollment_signature_invalid',
      'generation_conflict',
      'machine_unknown',
      'request_malformed',
      'request_malformed',
      'algorithm_not_allowed',
      'conflict',
      'conflict',
    ])
    expect(await w.readMachine(machine.uuid)).toMatchObject({ generation: 1, state: 'active', version: 1n })
    expect(await w.deps.prisma.generation.count()).toBe(2)
  })

  test('a generator key that was destroyed ends the generation, and renewal still works', async () => {
    const w = await world()
    const machine = await w.enroll()
    const { generatorKid } = await w.deps.prisma.generation.findFirstOrThrow()
    await w.deps.prisma.deploymentKey.update({
      where: { kid: generatorKid },
      data: { ciphertext: null, destroyedAt: new Date() },
    })
    await w.deps.keys.refresh()
    expect(await w.deps.keys.findGenerator(generatorKid)).toBeNull()
    const answered = await w.send(w.renewalMessage(machine, 1, machine.keys, makeMachineKeys()))
    const { kid } = w.open(answered, 'renewal').generatorKey as { kid: string }
    expect(kid).not.toBe(generatorKid)
    expect(await w.deps.keys.findGenerator(kid)).not.toBeNull()
  })

  // What follows depends on rules, not on the database: once is enough.
  if (kind === 'embedded') return

  test('binds the new generation to the generator of the day', async () => {
    let instant = Date.now()
    const w = await world(() => new Date(instant))
    const token = await w.createToken({ machineLifetimeSeconds: 3 * 86_400 })
    const machine = await w.enroll(token)
    instant += 25 * 3600_000
    const next = makeMachineKeys()
    const claims = w.open(await w.send(w.renewalMessage(machine, 1, machine.keys, next)), 'renewal')
    const kids = (await w.deps.prisma.generation.findMany({ orderBy: { generation: 'asc' } })).map(
      (g) => g.generatorKid,
    )
    expect(kids[1]).not.toBe(kids[0])
    expect(claims.generatorKey).toMatchObject({ kid: kids[1] })
    expect((await w.deps.keys.currentGenerator()).kid).toBe(kids[1])
  })

  test('a captured renewal that comes again after the next one is no evidence', async () => {
    const w = await world()
    const machine = await w.enroll()
    const second = makeMachineKeys()
    const third = makeMachineKeys()
    const captured = w.renewalMessage(machine, 1, machine.keys, second)
    await w.send(captured)
    await w.send(w.renewalMessage(machine, 2, second, third))
    expect((await w.send(captured)).body.code).toBe('generation_superseded')
    expect(await w.readMachine(machine.uuid)).toMatchObject({ generation: 3, state: 'active' })
  })

  test('an expired machine may not renew, suspended or not', async () => {
    let instant = Date.now()
    const w = await world(() => new Date(instant))
    const machine = await w.enroll()
    instant += 25 * 3600_000
    for (const state of ['active', 'suspended']) {
      await setState(w, machine.uuid, state)
      const answered = await w.send(w.renewalMessage(machine, 1, machine.keys, makeMachineKeys()))
      expect(answered.body.code).toBe('machine_expired')
    }
    expect(await w.readMachine(machine.uuid)).toMatchObject({ generation: 1 })
  })

  test('a request credential or another message’s signature renews nothing', async () => {
    const w = await world()
    const machine = await w.enroll()
    const next = makeMachineKeys()
    const good = w.renewalMessage(machine, 1, machine.keys, next)
    for (const [from, to] of [
      ['countersign-renew"', 'countersign"'],
      ['countersign-renew"', 'countersign-services"'],
      ['current=', 'other='],
    ] as const) {
      const headers = good.headers.map(([name, value]) => [name, value.replaceAll(from, to)] as const)
      expect((await w.send({ ...good, headers })).body.code).toBe('request_malformed')
    }
    expect(await w.readMachine(machine.uuid)).toMatchObject({ generation: 1 })
  })

  test('the service list comes for the current generation and two minutes longer', async () => {
    let instant = Date.now()
    const w = await world(() => new Date(instant))
    const machine = await w.enroll()
    const next = makeMachineKeys()
    const claims = w.open(await w.send(w.serviceListMessage(machine, 1, machine.keys)), 'services')
    expect(claims).toMatchObject({ aud: machine.keys.signing.thumbprint, services: [] })
    await w.send(w.renewalMessage(machine, 1, machine.keys, next))
    expect((await w.send(w.serviceListMessage(machine, 1, machine.keys))).status).toBe(200)
    instant += 150_000
    expect((await w.send(w.serviceListMessage(machine, 1, machine.keys))).body.code).toBe('generation_superseded')
    expect((await w.send(w.serviceListMessage(machine, 2, next))).status).toBe(200)
  })

  test('lastSeq is a number that a nonce could carry', async () => {
    const w = await world()
    const machine = await w.enroll()
    for (const lastSeq of [-1, 1.5, 2 ** 53, '7', null]) {
      const message = w.renewalMessage(machine, 1, machine.keys, makeMachineKeys(), { body: { lastSeq } })
      expect((await w.send(message)).body.code).toBe('request_malformed')
    }
    const nonce = randomBytes(16).toString('base64url')
    const most = w.renewalMessage(machine, 1, machine.keys, makeMachineKeys(), {
      body: { lastSeq: Number.MAX_SAFE_INTEGER },
      changes: { nonce },
    })
    expect((await w.send(most)).status).toBe(200)
  })
})

async function setState(w: EnrollmentWorld, uuid: string, state: string): Promise<void> {
  await w.deps.prisma.machine.update({ where: { id: uuid }, data: { state } })
}
