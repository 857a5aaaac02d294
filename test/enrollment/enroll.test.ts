import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { formatId } from '@/lib/domain/ids'
import { newUuid } from '@/lib/server/new-uuid'
import { forEachDatabase } from '../setup/open-test-dependencies'
import { createEnrollmentWorld, makeMachineKeys } from './enrollment-world'

forEachDatabase('enrolment by join token', (open, kind) => {
  const world = async (now?: () => Date) => createEnrollmentWorld((await open(now ? { now } : {})).dependencies)

  test('lets a machine in with the token’s labels and lifetime, and records it', async () => {
    const w = await world()
    await w.deps.prisma.service.create({
      data: {
        id: newUuid(),
        slug: 'orders',
        name: 'Orders',
        authorities: { create: { authority: 'api.test', pathPrefix: '/orders' } },
      },
    })
    const token = await w.createToken({ labels: { env: 'prod' }, machineLifetimeSeconds: 3600 })
    const keys = makeMachineKeys()
    const answered = await w.send(
      await w.enrollmentMessage(token, { keys, changes: { nonce: 'AAAAAAAAAAAAAAAAAAAAAA' } }),
    )
    expect(answered.status).toBe(201)
    expect(answered.headers['cache-control']).toBe('no-store')
    const claims = w.open(answered, 'enrollment')
    expect(claims).toMatchObject({
      iss: 'http://localhost:3000',
      aud: keys.signing.thumbprint,
      nonce: 'AAAAAAAAAAAAAAAAAAAAAA',
      trustDomain: 'countersign.local',
      machine: { name: 'orders-7f9', generation: 1, labels: { env: 'prod' }, requestAlgorithm: 'hmac-sha256' },
      renewAfterSeconds: 1200,
      services: [
        {
          service: 'orders',
          authorities: [{ authority: 'api.test', pathPrefix: '/orders' }],
          coveredFields: ['authorization', 'x-api-key', 'cookie'],
        },
      ],
    })
    const machine = await w.deps.prisma.machine.findFirstOrThrow({ include: { generations: true } })
    expect(machine).toMatchObject({ state: 'active', generation: 1, version: 1n, enrolledFrom: '192.0.2.1' })
    expect(machine.expiresAt.toISOString()).toBe(claims.expiresAt)
    expect(machine.generations).toMatchObject([{ generation: 1, generatorKid: (await w.offer()).generatorKey.kid }])
    const day = await w.deps.pool.query<{ day: string }>(`SELECT (now() AT TIME ZONE 'UTC')::date::text AS day`)
    expect(machine.generations[0]?.day.toISOString().slice(0, 10)).toBe(day.rows[0]?.day)
    expect(await w.listAudit('machine.enroll')).toMatchObject([
      { actorType: 'machine', targetId: formatId('mach', machine.id), detail: { joinToken: token.id } },
    ])
  })

  test('of fifty parallel enrolments with a single-use token one makes a machine', async () => {
    const w = await world()
    const token = await w.createToken()
    const messages = await Promise.all(Array.from({ length: 50 }, () => w.enrollmentMessage(token)))
    const answers = await Promise.all(messages.map((message) => w.send(message)))
    expect(answers.filter((answer) => answer.status === 201)).toHaveLength(1)
    const refused = answers.filter((answer) => answer.status !== 201).map((answer) => answer.body.code)
    expect(refused).toEqual(Array(49).fill('join_token_used'))
    expect(await w.countMachines()).toBe(1)
    expect(await w.listAudit('machine.enroll')).toHaveLength(1)
  })

  test('the same message twenty times in parallel, and once more, makes one machine and the same answer', async () => {
    const w = await world()
    const message = await w.enrollmentMessage(await w.createToken())
    const answers = await Promise.all(Array.from({ length: 20 }, () => w.send(message)))
    answers.push(await w.send(message))
    expect(answers.map((answer) => answer.status).sort()).toEqual([...Array<number>(20).fill(200), 201])
    const machines = answers.map((answer) => w.open(answer, 'enrollment').machine)
    expect(new Set(machines.map((machine) => JSON.stringify(machine))).size).toBe(1)
    expect(await w.countMachines()).toBe(1)
    expect((await w.deps.prisma.joinToken.findFirstOrThrow()).usesTaken).toBe(1)
  })

  test('the same keys with a fresh message get the same machine after the token was used up and revoked', async () => {
    const w = await world()
    const token = await w.createToken()
    const keys = makeMachineKeys()
    const parameters = await w.offer()
    const first = w.open(await w.send(await w.enrollmentMessage(token, { keys, parameters })), 'enrollment')
    await w.deps.prisma.joinToken.update({ where: { id: token.uuid }, data: { revokedAt: new Date() } })
    const again = await w.send(await w.enrollmentMessage(token, { keys, parameters }))
    expect(again.status).toBe(200)
    const second = w.open(again, 'enrollment')
    expect(second.machine).toEqual(first.machine)
    expect(second.nonce).not.toBe(first.nonce)
  })

  test('keys that are enrolled make no second machine, whatever else the message says', async () => {
    const w = await world()
    const token = await w.createToken({ usesAllowed: 9 })
    const keys = makeMachineKeys()
    const parameters = await w.offer()
    await w.send(await w.enrollmentMessage(token, { keys, parameters }))
    const attempts = [
      await w.enrollmentMessage(token, { keys }),
      await w.enrollmentMessage(token, { keys, parameters, body: { name: 'other' } }),
      await w.enrollmentMessage(token, { keys: { ...keys, agreement: makeMachineKeys().agreement }, parameters }),
      await w.enrollmentMessage(token, { keys: { ...keys, signing: makeMachineKeys().signing }, parameters }),
      await w.enrollmentMessage(token, { parameters }),
    ]
    for (const attempt of attempts) expect((await w.send(attempt)).body.code).toBe('conflict')
    expect(await w.countMachines()).toBe(1)
    expect((await w.deps.prisma.joinToken.findFirstOrThrow()).usesTaken).toBe(1)
  })

  test('hostile names are stored as they are; what no table can hold is refused', async () => {
    const w = await world()
    const token = await w.createToken({ usesAllowed: 9 })
    const name = '\u202e\u001b[31m<script>"\'; DROP TABLE machine;--\r\n🦊'
    expect((await w.send(await w.enrollmentMessage(token, { body: { name } }))).status).toBe(201)
    expect((await w.deps.prisma.machine.findFirstOrThrow()).name).toBe(name)
    const bad = [
      { name: 'x'.repeat(10_000) },
      { name: 'a\0b' },
      { name: '\ud800' },
      { name: '' },
      { reported: { constructor: '\0' } },
      { reported: Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`k${i}`, 'v'])) },
      { reported: JSON.parse('{"__proto__":"x"}') as object },
      { labels: { env: 'prod' } },
      { evidence: { type: 'approval' } },
      { machineId: formatId('join', newUuid()) },
    ]
    for (const body of bad) {
      const answered = await w.send(await w.enrollmentMessage(token, { body }))
      expect([JSON.stringify(body), answered.body.code]).toEqual([JSON.stringify(body), 'request_malformed'])
    }
    expect(await w.countMachines()).toBe(1)
  })

  // What follows depends on rules, not on the database: once is enough.
  if (kind === 'embedded') return

  test('a signing key that hardware holds signs requests itself', async () => {
    const w = await world()
    const machine = await w.enroll(undefined, makeMachineKeys('hardware'))
    expect((await w.readMachine(machine.uuid)).requestAlgorithm).toBe('ecdsa-p256-sha256')
  })

  test('a token for seven uses makes exactly seven machines', async () => {
    const w = await world()
    const token = await w.createToken({ usesAllowed: 7 })
    const messages = await Promise.all(Array.from({ length: 20 }, () => w.enrollmentMessage(token)))
    const answers = await Promise.all(messages.map((message) => w.send(message)))
    expect(answers.filter((answer) => answer.status === 201)).toHaveLength(7)
    expect(await w.countMachines()).toBe(7)
  })

  test('a machine that was cut off gets no answer for its old keys', async () => {
    const w = await world()
    const message = await w.enrollmentMessage(await w.createToken())
    await w.send(message)
    for (const state of ['revoked', 'quarantined', 'pending'] as const) {
      await w.deps.prisma.machine.updateMany({ data: { state } })
      expect((await w.send(message)).body.code).toBe(`machine_${state}`)
    }
  })

  test('an unknown token and a wrong key for a known one are the same answer', async () => {
    const w = await world()
    const token = await w.createToken({ revokedAt: new Date() })
    const stranger = generateKeyPairSync('ed25519').privateKey
    const unknown = { ...token, id: formatId('join', newUuid()) }
    const answers = [
      await w.send(await w.enrollmentMessage(unknown)),
      await w.send(await w.enrollmentMessage(token, { signedBy: { join: stranger } })),
    ].map(({ status, headers, body: { requestId, ...body } }) => ({ status, headers, body, named: typeof requestId }))
    expect(answers[0]).toEqual(answers[1])
    expect(answers[0]?.body.code).toBe('join_token_invalid')
    expect(await w.countMachines()).toBe(0)
  })

  test('expired, revoked and used tokens are told apart by whoever holds them', async () => {
    const w = await world()
    const expired = await w.createToken({ expiresAt: new Date(Date.now() - 1000) })
    const revoked = await w.createToken({ revokedAt: new Date() })
    const used = await w.createToken()
    await w.enroll(used)
    expect((await w.send(await w.enrollmentMessage(expired))).body.code).toBe('join_token_expired')
    expect((await w.send(await w.enrollmentMessage(revoked))).body.code).toBe('join_token_expired')
    expect((await w.send(await w.enrollmentMessage(used))).body.code).toBe('join_token_used')
    expect(await w.countMachines()).toBe(1)
  })

  test('the proof has to be made with the agreement key', async () => {
    const w = await world()
    const provenBy = makeMachineKeys().agreement.privateKey
    const answered = await w.send(await w.enrollmentMessage(await w.createToken(), { provenBy }))
    expect(answered.body.code).toBe('enrollment_signature_invalid')
    expect(await w.countMachines()).toBe(0)
  })

  test('refuses an agreement key whose every agreement is zero, and one that is written in two ways', async () => {
    const w = await world()
    const token = await w.createToken()
    const points = [
      Buffer.alloc(32),
      Buffer.concat([Buffer.from([1]), Buffer.alloc(31)]),
      // Order 8; p - 1; p, which is zero spelt otherwise (RFC 7748, sections 5 and 6.1).
      Buffer.from('e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800', 'hex'),
      Buffer.concat([Buffer.from('ec', 'hex'), Buffer.alloc(30, 0xff), Buffer.from('7f', 'hex')]),
      Buffer.concat([Buffer.from('ed', 'hex'), Buffer.alloc(30, 0xff), Buffer.from('7f', 'hex')]),
    ]
    for (const point of points) {
      const agreementKey = { kty: 'OKP', crv: 'X25519', x: point.toString('base64url') }
      const answered = await w.send(await w.enrollmentMessage(token, { body: { agreementKey } }))
      expect(answered).toMatchObject({ status: 400, body: { code: 'request_malformed' } })
    }
    expect(await w.countMachines()).toBe(0)
  })

  test('a message for another authority or of another time is refused', async () => {
    const w = await world()
    const token = await w.createToken()
    const now = Math.floor(Date.now() / 1000)
    const foreign = await w.enrollmentMessage(token, { changes: { authority: 'evil.test' } })
    expect((await w.send(foreign)).body.code).toBe('enrollment_signature_invalid')
    const hosted = {
      ...foreign,
      headers: foreign.headers.map((h) => (h[0] === 'Host' ? (['Host', 'evil.test'] as const) : h)),
    }
    expect((await w.send(hosted)).body.code).toBe('enrollment_signature_invalid')
    const old = await w.enrollmentMessage(token, { changes: { created: now - 200, expires: now - 140 } })
    expect((await w.send(old)).body.code).toBe('credential_expired')
    const early = await w.enrollmentMessage(token, { changes: { created: now + 100, expires: now + 160 } })
    expect((await w.send(early)).body.code).toBe('credential_not_yet_valid')
    expect(await w.countMachines()).toBe(0)
  })

  test('a machine id that was not offered lately, or is no UUIDv7, is refused', async () => {
    const w = await world()
    const token = await w.createToken()
    const parameters = await w.offer()
    const [old, another] = [`01900000-0000-${newUuid().slice(14)}`, newUuid()]
    for (const uuid of [old, `${another.slice(0, 14)}4${another.slice(15)}`]) {
      const machineId = formatId('mach', uuid)
      const answered = await w.send(await w.enrollmentMessage(token, { parameters: { ...parameters, machineId } }))
      expect(answered.body.code).toBe('conflict')
    }
    expect(await w.countMachines()).toBe(0)
  })

  test('a generator key is taken for an hour after it was replaced, and not a day later', async () => {
    let instant = Date.now()
    const w = await world(() => new Date(instant))
    const parameters = await w.offer()
    instant += 24.5 * 3600_000
    const token = await w.createToken({ usesAllowed: 2 })
    const machineId = (await w.offer()).machineId
    expect((await w.offer()).generatorKey.kid).not.toBe(parameters.generatorKey.kid)
    // Ids are made with the system's clock, so this one's time is far from the injected one.
    const late = await w.send(
      await w.enrollmentMessage(token, { parameters: { ...parameters, machineId: idAt(instant) } }),
    )
    expect(late.status).toBe(201)
    instant += 3600_000
    const tooLate = await w.enrollmentMessage(token, { parameters: { ...parameters, machineId } })
    expect((await w.send(tooLate)).body).toMatchObject({ code: 'conflict' })
  })
})

/** A machine id whose UUIDv7 was made at an instant, in milliseconds since 1970. */
function idAt(ms: number): string {
  const time = ms.toString(16).padStart(12, '0').slice(-12)
  return formatId('mach', `${time.slice(0, 8)}-${time.slice(8, 12)}${newUuid().slice(13)}`)
}
