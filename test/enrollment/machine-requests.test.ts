import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { verifyCompactJws } from '@/lib/protocol'
import { createAttemptLimiter } from '@/lib/server/enrollment/create-attempt-limiter'
import { handleMachineRequest } from '@/lib/server/enrollment/handle-machine-request'
import { listAcceptedAuthorities } from '@/lib/server/enrollment/list-accepted-authorities'
import { readSettings } from '@/lib/server/settings'
import { forEachDatabase } from '../setup/open-test-dependencies'
import { authority, createEnrollmentWorld, makeMachineKeys, type Message } from './enrollment-world'

const get = (path: string): Message => ({ method: 'GET', path, headers: [], body: new Uint8Array() })

test('an address that keeps failing is held back, others are not, and genuine messages cost nothing', () => {
  let seconds = 0
  const limiter = createAttemptLimiter(() => seconds)
  for (let i = 0; i < 5_000; i++) {
    expect(limiter.take('192.0.2.1')).toBe(true)
    limiter.giveBack('192.0.2.1')
  }
  const taken = Array.from({ length: 1_000 }, () => limiter.take('192.0.2.1')).filter(Boolean).length
  expect(taken).toBe(500)
  expect(limiter.take('::ffff:192.0.2.1')).toBe(false)
  expect(limiter.take('192.0.2.2')).toBe(true)
  for (let i = 0; i < 500; i++) limiter.take(`2001:db8::${i.toString(16)}`)
  expect([limiter.take('2001:db8::ffff'), limiter.take('2001:db8:0:1::1')]).toEqual([false, true])
  for (let i = 0; i < 500; i++) limiter.take('not an address')
  expect(limiter.take('another')).toBe(false)
  seconds += 1
  expect(Array.from({ length: 100 }, () => limiter.take('192.0.2.1')).filter(Boolean)).toHaveLength(50)
})

test('messages may be signed for the public authority and for loopback names with its ports', () => {
  const accepted = (environment: Record<string, string>, port?: number) => {
    const read = readSettings({ COUNTERSIGN_MASTER_KEY: 'x', ...environment })
    return read.outcome === 'read' ? listAcceptedAuthorities(read.settings, port) : read.errors
  }
  expect(accepted({})).toEqual(['localhost:3000', '127.0.0.1:3000', '[::1]:3000'])
  expect(accepted({ COUNTERSIGN_PUBLIC_URL: 'https://cs.example', PORT: '8080' })).toEqual([
    'cs.example',
    'localhost',
    '127.0.0.1',
    '[::1]',
    'localhost:8080',
    '127.0.0.1:8080',
    '[::1]:8080',
  ])
  expect(accepted({ PORT: '0', COUNTERSIGN_PUBLIC_URL: 'http://cs.example:81' }, 4711)).toEqual([
    'cs.example:81',
    'localhost:81',
    '127.0.0.1:81',
    '[::1]:81',
    'localhost:4711',
    '127.0.0.1:4711',
    '[::1]:4711',
  ])
  expect(accepted({ PORT: '0' })).toEqual([expect.stringContaining('COUNTERSIGN_PUBLIC_URL is needed with PORT=0')])
})

forEachDatabase('machine requests', (open, kind) => {
  test('parameters and key set are public, and one verifies the other', async () => {
    const w = createEnrollmentWorld((await open()).dependencies)
    const answered = await w.send(get('/.well-known/jwks.json'))
    expect(answered).toMatchObject({ status: 200, headers: { 'cache-control': 'public, max-age=60' } })
    const keys = answered.body.keys as { kid: string; use: string; alg: string }[]
    expect(keys).toMatchObject([{ kty: 'EC', crv: 'P-256', use: 'sig', alg: 'ES256' }])
    expect(JSON.stringify(keys)).not.toContain('"d"')
    const offered = await w.send(get('/api/v1/enrollments/parameters'))
    expect(offered.body.assertionKey).toMatchObject({ kid: keys[0]?.kid })
    const verified = verifyCompactJws(String(offered.body.parameters), {
      typ: 'countersign-enrollment-parameters+jwt',
      resolveKey: (kid) => createPublicKey({ key: { ...keys.find((key) => key.kid === kid) }, format: 'jwk' }),
    })
    expect(verified).toMatchObject({
      outcome: 'verified',
      claims: {
        iss: 'http://localhost:3000',
        trustDomain: 'countersign.local',
        machineId: expect.stringMatching(/^mach_/) as unknown,
      },
    })
    expect((await w.offer()).machineId).not.toBe((await w.offer()).machineId)
    expect(await w.countMachines()).toBe(0)
  })

  // What follows depends on rules, not on the database: once is enough.
  if (kind === 'embedded') return

  test('other paths are not its business; wrong methods, sizes and forms have their problem documents', async () => {
    const w = createEnrollmentWorld((await open()).dependencies)
    const machine = await w.enroll()
    const handle = (method: string, path: string, body: Uint8Array = new Uint8Array()) =>
      handleMachineRequest(w.deps, {
        method,
        path,
        headers: [['Host', authority]],
        body,
        authorities: [authority],
        peerAddress: '::1',
      })
    for (const path of [
      '/',
      '/api/v1/machines',
      `/api/v1/machines/${machine.id}`,
      '/api/v1/enrollments/',
      '/api/v1//enrollments',
    ]) {
      expect(await handle('POST', path)).toBeNull()
    }
    const problem = async (method: string, path: string, body?: Uint8Array) => {
      const answer = await handle(method, path, body)
      const document = JSON.parse(answer?.body ?? '{}') as {
        code: string
        status: number
        requestId: string
        detail: string
      }
      expect(answer?.headers['content-type']).toBe('application/problem+json')
      expect(document.requestId).toMatch(/^req_[0-9a-z]{26}$/)
      expect(document.detail.length).toBeGreaterThan(0)
      expect(document.status).toBe(answer?.status)
      return `${document.status} ${document.code}`
    }
    expect(await problem('GET', '/api/v1/enrollments')).toBe('405 method_not_allowed')
    expect((await handle('GET', '/api/v1/enrollments'))?.headers.allow).toBe('POST')
    expect(await problem('POST', '/.well-known/jwks.json')).toBe('405 method_not_allowed')
    expect(await problem('POST', '/api/v1/enrollments', new Uint8Array(65 * 1024))).toBe('413 request_too_large')
    for (const path of [
      '/api/v1/enrollments',
      `/api/v1/machines/${machine.id}/renewals`,
      '/api/v1/machines/x/service-list',
    ]) {
      expect(await problem('POST', path)).toBe('400 request_malformed')
    }
    const good = w.serviceListMessage(machine, 1, machine.keys)
    expect((await w.send({ ...good, path: `${good.path}?x=1` })).body.code).toBe('request_malformed')
    expect((await w.send({ ...good, body: Buffer.from('{ }') })).body.code).toBe('digest_mismatch')
    for (const text of ['[]', 'null', '{"a":1}', '{"__proto__":1}', '\ufeff{}', '{']) {
      const signed = w.sign(
        good.path,
        {},
        [
          {
            label: 'machine',
            tag: 'countersign-services',
            keyid: `${machine.id}.1`,
            alg: 'ed25519',
            key: machine.keys.signing.privateKey,
          },
        ],
        { body: Buffer.from(text) },
      )
      expect((await w.send({ ...signed, body: Buffer.from(text) })).body.code).toBe('request_malformed')
    }
    expect((await w.send(good)).status).toBe(200)
  })

  test('a message is taken under each accepted authority, and a proxy may rewrite Host', async () => {
    const w = createEnrollmentWorld((await open()).dependencies)
    const machine = await w.enroll()
    const authorities = ['cs.example', 'localhost:3000', '127.0.0.1:3000']
    const status = async (signedFor: string, host: string) => {
      const message = w.sign(
        `/api/v1/machines/${machine.id}/service-list`,
        {},
        [
          {
            label: 'machine',
            tag: 'countersign-services',
            keyid: `${machine.id}.1`,
            alg: 'ed25519',
            key: machine.keys.signing.privateKey,
          },
        ],
        { authority: signedFor },
      )
      const headers = message.headers.map(([name, value]) => [name, name === 'Host' ? host : value] as const)
      const answer = await handleMachineRequest(w.deps, { ...message, headers, authorities, peerAddress: '::1' })
      return answer?.status
    }
    expect(await status('cs.example', 'cs.example')).toBe(200)
    expect(await status('cs.example', 'CS.example:443')).toBe(200)
    expect(await status('127.0.0.1:3000', '127.0.0.1:3000')).toBe(200)
    expect(await status('cs.example', '127.0.0.1:3000')).toBe(200)
    expect(await status('cs.example', 'upstream.internal')).toBe(200)
    expect(await status('evil.example', 'evil.example')).toBe(401)
    expect(await status('evil.example', 'cs.example')).toBe(401)
  })

  test('an address whose messages do not hold gets 503 with Retry-After, another address goes on', async () => {
    const w = createEnrollmentWorld(
      (await open()).dependencies,
      createAttemptLimiter(() => 0),
    )
    const token = await w.createToken()
    const forged = await w.enrollmentMessage(token, {
      signedBy: { machine: generateKeyPairSync('ed25519').privateKey },
    })
    let answered = await w.send(forged, '203.0.113.1')
    for (let i = 0; i < 2_000 && answered.status === 401; i++) answered = await w.send(forged, '203.0.113.1')
    expect(answered).toMatchObject({ status: 503, body: { code: 'overloaded' } })
    expect(Number(answered.headers['retry-after'])).toBeGreaterThan(0)
    const good = await w.enrollmentMessage(token)
    expect((await w.send(good, '203.0.113.1')).status).toBe(503)
    expect((await w.send(good, '203.0.113.2')).status).toBe(201)
  })

  test('a database that fails is an internal error without its words', async () => {
    const w = createEnrollmentWorld((await open()).dependencies)
    const message = await w.enrollmentMessage(await w.createToken(), { keys: makeMachineKeys() })
    await w.deps.pool.query('ALTER TABLE "join_token" RENAME TO "elsewhere"')
    const answered = await w.send(message)
    expect(answered).toMatchObject({ status: 500, body: { code: 'internal_error' } })
    expect(JSON.stringify(answered.body)).not.toMatch(/join_token|prisma/i)
    await w.deps.pool.query('ALTER TABLE "elsewhere" RENAME TO "join_token"')
    expect((await w.send(message)).status).toBe(201)
  })
})
