/** A machine whose P-256 signing key is held by hardware (protocol.md, sections 2 and 4), from its enrolment on. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeRequest, prepareService, type PreparedService, type SentRequest } from '../setup/prepare-service'
import type { TestMachine } from '../setup/test-machine'
import { withHeader } from './support/ask-gateway'
import { openWorld, type World } from './support/open-world'

/** FIPS 186-5: with (r, s) also (r, n - s) holds for the same text. */
const P256_ORDER = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551')

describe('a machine with a P-256 signing key', () => {
  let world: World
  let orders: PreparedService
  let asymmetric: PreparedService
  let machine: TestMachine
  beforeAll(async () => {
    world = await openWorld('embedded', { environment: { COUNTERSIGN_DECISION_DEADLINE_MS: '5000' } })
    orders = await prepareService(world.server())
    const settings = { requireAsymmetric: true }
    asymmetric = await prepareService(world.server(), { slug: 'asymmetric', authority: 'asymmetric.example', settings })
    machine = await orders.enroll('hardware', {}, 'p256')
  })
  afterAll(() => world.close())

  const request = (service = orders): SentRequest =>
    makeRequest(machine, { authority: service.authority, target: '/v1/orders?status=open' })
  const ask = (sent: SentRequest, service = orders) => service.ask(world.server(), sent)

  test('signs its requests itself, each good for one use', async () => {
    const sent = request()
    expect(sent.headers.find(([name]) => name === 'Signature-Input')?.[1]).toContain('alg="ecdsa-p256-sha256"')
    expect(await ask(sent)).toMatchObject({ status: 200, code: 'allowed' })
    expect(await ask(sent)).toMatchObject({ status: 401, code: 'credential_replayed' })
    const shown = await world.server().api<{ requestAlgorithm: string }>('GET', `/machines/${machine.id}`)
    expect(shown.body.requestAlgorithm).toBe('ecdsa-p256-sha256')
  })

  test('is let in where an asymmetric signature is demanded, and a MAC is not', async () => {
    expect(await ask(request(asymmetric), asymmetric)).toMatchObject({ status: 200, code: 'allowed' })
    const software = await asymmetric.enroll('software')
    const mac = makeRequest(software, { authority: asymmetric.authority, target: '/' })
    expect(await ask(mac, asymmetric)).toMatchObject({ status: 401, code: 'algorithm_not_allowed' })
  })

  test('has no second signature of a request, and no other algorithm', async () => {
    const sent = request()
    const twin = withHeader(sent, 'Signature', (value) => {
      const bytes = Buffer.from(value.slice('cs=:'.length, -1), 'base64')
      const s = P256_ORDER - BigInt(`0x${bytes.toString('hex', 32)}`)
      const other = Buffer.concat([bytes.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex')])
      return `cs=:${other.toString('base64')}:`
    })
    expect(await ask(twin)).toMatchObject({ status: 401, code: 'credential_malformed' })
    for (const [alg, length] of [
      ['hmac-sha256', 32],
      ['ed25519', 64],
    ] as const) {
      const named = withHeader(sent, 'Signature-Input', (value) => value.replace('ecdsa-p256-sha256', alg))
      const forged = withHeader(named, 'Signature', () => `cs=:${Buffer.alloc(length, 1).toString('base64')}:`)
      expect(await ask(forged)).toMatchObject({ status: 401, code: 'algorithm_not_allowed' })
    }
    const changed = { ...sent, target: '/v1/orders?status=all' }
    expect(await ask(changed)).toMatchObject({ status: 401, code: 'signature_invalid' })
    expect(await ask(sent)).toMatchObject({ status: 200, code: 'allowed' })
  })

  // Last: it replaces the keys.
  test('renews into another P-256 key, and never into one that a file holds', async () => {
    const underWay = request()
    const refused = await machine.renew(undefined, 'ed25519')
    expect([refused.status, await refused.json()]).toMatchObject([401, { code: 'algorithm_not_allowed' }])
    expect(machine.generation).toBe(1)
    expect((await machine.renew()).status).toBe(200)
    expect(await ask(request())).toMatchObject({ status: 200, code: 'allowed' })
    expect(await ask(underWay)).toMatchObject({ status: 200, code: 'allowed' })
  })
})
