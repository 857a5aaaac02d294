import { createLocalJWKSet, jwtVerify, type JSONWebKeySet, type JWTPayload } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseId } from '@/lib/domain/ids'
import type { DatabaseKind } from '../setup/open-test-dependencies'
import { makeRequest, prepareService, type PreparedService } from '../setup/prepare-service'
import type { TestMachine, TestRequest } from '../setup/test-machine'
import { askGateway } from './support/ask-gateway'
import { openWorld, type World } from './support/open-world'

describe.each<DatabaseKind>(['postgresql', 'embedded'])('what a backend is told, on %s', (kind) => {
  let world: World
  let enforced: PreparedService
  let observed: PreparedService
  let machine: TestMachine
  /** The decisions that were not enforced, and the code of each. */
  const notEnforced: { id: string; code: string }[] = []

  beforeAll(async () => {
    world = await openWorld(kind, {
      environment: { COUNTERSIGN_PUBLIC_URL: 'https://countersign.example', COUNTERSIGN_DECISION_DEADLINE_MS: '5000' },
    })
    enforced = await prepareService(world.server())
    const settings = { mode: 'observe' }
    observed = await prepareService(world.server(), { slug: 'watched', authority: 'watched.example', settings })
    machine = await enforced.enroll('asserted', { team: 'payments' })
  })
  afterAll(() => world.close())

  const sign = (service: PreparedService, request: Partial<TestRequest> = {}) =>
    makeRequest(machine, { authority: service.authority, target: '/v1/orders?status=open', ...request })
  const ask = (service: PreparedService, request = sign(service), more: object = {}) =>
    askGateway({ server: world.server(), slug: service.slug, key: service.gatewayKey, request, ...more })

  /** As a backend in another language would do it, with a library that is not ours. */
  async function verifyAssertion(token: string | null, audience: string): Promise<JWTPayload> {
    const jwks = (await (await fetch(`${world.server().url}/.well-known/jwks.json`)).json()) as JSONWebKeySet
    const { payload, protectedHeader } = await jwtVerify(token ?? '', createLocalJWKSet(jwks), {
      issuer: 'https://countersign.example',
      audience,
      typ: 'countersign-assertion+jwt',
      algorithms: ['ES256'],
    })
    expect(Object.keys(protectedHeader).sort()).toEqual(['alg', 'kid', 'typ'])
    return payload
  }

  test('an allow comes with an assertion about this very request, good for ten seconds', async () => {
    const { status, headers } = await ask(enforced)
    expect(status).toBe(200)
    const claims = await verifyAssertion(headers.get('countersign-assertion'), 'orders')
    expect(claims).toEqual({
      iss: 'https://countersign.example',
      aud: 'orders',
      sub: `spiffe://countersign.local/machine/${machine.id}`,
      gen: 1,
      jti: headers.get('countersign-decision'),
      iat: expect.any(Number) as number,
      exp: claims.iat! + 10,
      htm: 'GET',
      authority: 'orders.example',
      target: '/v1/orders?status=open',
      content: 'none',
    })
    expect(Math.abs(claims.iat! - Date.now() / 1000)).toBeLessThan(10)
    expect(headers.get('countersign-machine')).toBe(machine.id)
  })

  test('a body that the gateway does not see is asserted as unchecked, with its digest', async () => {
    const request = sign(enforced, { method: 'POST', target: '/v1/orders', body: Buffer.from('{"item":1}') })
    const { headers } = await ask(enforced, request)
    const claims = await verifyAssertion(headers.get('countersign-assertion'), 'orders')
    const digest = request.headers.find(([name]) => name === 'Content-Digest')?.[1]
    expect(claims).toMatchObject({ htm: 'POST', target: '/v1/orders', content: 'unchecked', digest })
  })

  test('each allow has an id of its own', async () => {
    const ids = [await ask(enforced), await ask(enforced)].map(({ headers }) => headers.get('countersign-decision'))
    expect(new Set(ids).size).toBe(2)
  })

  test.each([
    { code: 'credential_missing', request: () => ({ ...sign(observed), headers: [] }), knows: false },
    { code: 'signature_invalid', request: () => ({ ...sign(observed), target: '/other' }), knows: false },
    { code: 'policy_denied', request: () => sign(observed), knows: true },
  ])('a service that observes lets $code pass and says so', async ({ code, request, knows }) => {
    const machineSelector: Record<string, string> = code === 'policy_denied' ? { team: 'others' } : {}
    await world.server().api('PATCH', '/services/watched', { machineSelector })
    const { status, headers, problem } = await ask(observed, request())
    expect(problem).toBeUndefined()
    expect(status).toBe(200)
    const claims = await verifyAssertion(headers.get('countersign-assertion'), 'watched')
    expect(claims).toMatchObject({ outcome: 'observed', jti: headers.get('countersign-decision') })
    // Nobody is named whose signature did not hold.
    expect(claims.sub).toBe(`spiffe://countersign.local/${knows ? `machine/${machine.id}` : 'unidentified'}`)
    expect(claims.gen).toBe(knows ? 1 : 0)
    expect(headers.get('countersign-machine')).toBe(knows ? machine.id : null)
    notEnforced.push({ id: parseId('dec', headers.get('countersign-decision')!)!, code })
  })

  test('a replay at a service that observes passes as observed, and is spent no second time', async () => {
    await world.server().api('PATCH', '/services/watched', { machineSelector: {} })
    const request = sign(observed)
    const first = await ask(observed, request)
    const firstClaims = await verifyAssertion(first.headers.get('countersign-assertion'), 'watched')
    expect(firstClaims).not.toHaveProperty('outcome')
    const second = await ask(observed, request)
    expect(second.status).toBe(200)
    const claims = await verifyAssertion(second.headers.get('countersign-assertion'), 'watched')
    expect(claims.outcome).toBe('observed')
    notEnforced.push({ id: parseId('dec', second.headers.get('countersign-decision')!)!, code: 'credential_replayed' })
  })

  test('observing opens nothing to callers that are no gateway of the service', async () => {
    expect(await ask(observed, undefined, { key: enforced.gatewayKey })).toMatchObject({
      status: 403,
      problem: { code: 'gateway_unknown' },
    })
    expect(await ask(observed, undefined, { key: undefined })).toMatchObject({ status: 403 })
  })

  // Last: on the embedded database the look at the rows stops the server.
  test('what was observed is on record as observed, and is no allow', async () => {
    await world.server().stop()
    const ids = notEnforced.map(({ id }) => id)
    const rows = await world.rows<{ id: string; code: string; outcome: string }>(
      'SELECT id, code, outcome FROM denial WHERE id = ANY ($1)',
      [ids],
    )
    const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1)
    expect(rows.sort(byId)).toEqual(notEnforced.map((each) => ({ ...each, outcome: 'observed' })).sort(byId))
    expect(await world.rows('SELECT id FROM decision WHERE id = ANY ($1)', [ids])).toEqual([])
  })
})
