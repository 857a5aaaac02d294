import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { formatId, parseId } from '@/lib/domain/ids'
import { newUuid } from '@/lib/server/new-uuid'
import type { DatabaseKind } from '../setup/open-test-dependencies'
import { makeRequest, prepareService, type PreparedService } from '../setup/prepare-service'
import type { TestMachine, TestRequest } from '../setup/test-machine'
import { askGateway, withHeader, type GatewayAnswer } from './support/ask-gateway'
import { openWorld, type World } from './support/open-world'

/** What the denial has on record, by the names of its columns. */
interface ExpectedRow {
  readonly machine?: TestMachine | null
  /** The signature held: the use is named. */
  readonly isProven?: boolean
  readonly authority?: string | null
  readonly reported?: string
  readonly gateway?: string | null
  readonly service?: string | null
  readonly method?: string
  readonly path?: string
}

interface Case {
  readonly code: string
  readonly why: string
  readonly status: 401 | 403
  readonly send: (from: string) => Promise<GatewayAnswer>
  readonly row: () => ExpectedRow
}

interface Recorded {
  readonly id: string
  readonly from: string
  readonly each: Case
}

describe.each<DatabaseKind>(['postgresql', 'embedded'])('every denial on %s', (kind) => {
  let world: World
  const services = new Map<string, PreparedService>()
  const machines = new Map<string, TestMachine>()
  const recorded: Recorded[] = []
  const at = (slug: string) => services.get(slug)!
  const of = (name: string) => machines.get(name)!
  const seconds = () => Math.floor(Date.now() / 1000)

  const definitions: Record<string, object> = {
    orders: {},
    'two-hosts': { authorities: [{ authority: 'one.example', pathPrefix: '/v1' }, { authority: 'two.example' }] },
    asymmetric: { requireAsymmetric: true },
    numbered: { allowPlainNonce: false },
    bodies: { bodyBinding: 'required' },
    chosen: { machineSelector: { team: 'payments' } },
    library: {},
  }
  const names = ['good', 'pending', 'suspended', 'quarantined', 'revoked', 'expired', 'superseded']

  beforeAll(async () => {
    world = await openWorld(kind, { environment: { COUNTERSIGN_DECISION_DEADLINE_MS: '5000' } })
    for (const [slug, settings] of Object.entries(definitions)) {
      const profile = slug === 'library' ? 'library' : 'nginx'
      services.set(
        slug,
        await prepareService(world.server(), { slug, profile, settings, authority: `${slug}.example` }),
      )
    }
    for (const name of names) machines.set(name, await at('orders').enroll(name))
    // States that only time or a later issue brings about.
    await world.withServerStopped([
      ...['pending', 'suspended', 'quarantined', 'revoked'].map(
        (state) => `UPDATE machine SET version = version + 1, state = '${state}' WHERE name = '${state}'`,
      ),
      `UPDATE machine SET version = version + 1, expires_at = now() - interval '1 second' WHERE name = 'expired'`,
    ])
    const before = of('superseded').copy()
    expect((await of('superseded').renew()).status).toBe(200)
    machines.set('superseded', before)
    await world.withServerStopped([
      `UPDATE machine SET version = version + 1, generation_started_at = now() - interval '121 seconds' WHERE name = 'superseded'`,
    ])
  })
  afterAll(() => world.close())

  const sign = (name: string, slug: string, request: Partial<TestRequest> = {}) =>
    makeRequest(of(name), { authority: `${slug}.example`, target: '/v1/orders?status=open', ...request })
  const ask = (slug: string, from: string, request = sign('good', slug), more: object = {}) =>
    askGateway({ server: world.server(), slug, key: at(slug).gatewayKey, request, from, ...more })
  const proven =
    (name = 'good') =>
    () => ({ machine: of(name), isProven: true })
  const unproven =
    (name = 'good') =>
    () => ({ machine: of(name) })
  const unread = () => ({ machine: null })

  async function verify(slug: string, from: string, call: object): Promise<GatewayAnswer> {
    const response = await fetch(`${world.server().url}/api/v1/verify`, {
      method: 'POST',
      headers: { 'countersign-gateway-key': at(slug).gatewayKey },
      body: JSON.stringify({ service: slug, sourceAddress: from, ...call }),
    })
    return { status: response.status, headers: response.headers, problem: JSON.parse(await response.text()) as never }
  }

  const cases: Case[] = [
    {
      code: 'credential_missing',
      why: 'without a signature',
      status: 401,
      send: (from) => ask('orders', from, { ...sign('good', 'orders'), headers: [['authorization', 'Bearer a']] }),
      row: unread,
    },
    {
      code: 'credential_malformed',
      why: 'with a second member of our tag',
      status: 401,
      send: (from) => {
        const twice = (value: string) => `${value}, ${value.replace(/^cs/, 'again')}`
        return ask(
          'orders',
          from,
          withHeader(withHeader(sign('good', 'orders'), 'Signature-Input', twice), 'Signature', twice),
        )
      },
      row: unread,
    },
    {
      code: 'credential_malformed',
      why: 'with a plain nonce where the service forbids it',
      status: 401,
      send: (from) => ask('numbered', from, sign('good', 'numbered', { nonce: 'a-plain-nonce-as-libraries-make' })),
      row: unread,
    },
    {
      code: 'credential_expired',
      why: 'made too long ago',
      status: 401,
      send: (from) => ask('orders', from, sign('good', 'orders', { created: seconds() - 200 })),
      row: unproven(),
    },
    {
      code: 'credential_not_yet_valid',
      why: 'made in the future',
      status: 401,
      send: (from) => ask('orders', from, sign('good', 'orders', { created: seconds() + 200 })),
      row: unproven(),
    },
    {
      code: 'signature_invalid',
      why: 'for another path',
      status: 401,
      send: (from) => ask('orders', from, { ...sign('good', 'orders'), target: '/v1/payments?status=open' }),
      row: () => ({ machine: of('good'), path: '/v1/payments' }),
    },
    {
      code: 'component_missing',
      why: 'that leaves out the first factor',
      status: 401,
      send: (from) => {
        const headers = [['authorization', 'Bearer a']] as const
        return ask('orders', from, sign('good', 'orders', { headers, coveredFields: [] }))
      },
      row: unread,
    },
    {
      code: 'component_unexpected',
      why: 'that covers what nobody asked for',
      status: 401,
      send: (from) =>
        ask('orders', from, sign('good', 'orders', { headers: [['x-extra', 'a']], coveredFields: ['x-extra'] })),
      row: unread,
    },
    {
      code: 'digest_mismatch',
      why: 'whose body was changed',
      status: 401,
      send: (from) => {
        const { method, target, authority, headers } = sign('good', 'library', {
          method: 'POST',
          body: Buffer.from('one'),
        })
        const bodyDigest = `sha-256=:${createHash('sha256').update('two').digest('base64')}:`
        return verify('library', from, { method, target, authority, headers, bodyDigest })
      },
      row: () => ({ machine: of('good'), isProven: true, method: 'POST', gateway: 'library', service: 'library' }),
    },
    {
      code: 'body_unchecked',
      why: 'whose body nobody saw, where it has to be seen',
      status: 403,
      send: (from) => ask('bodies', from, sign('good', 'bodies', { method: 'POST', body: Buffer.from('one') })),
      row: () => ({ machine: of('good'), isProven: true, method: 'POST' }),
    },
    {
      code: 'body_unexpected',
      why: 'with content on a GET',
      status: 401,
      send: (from) => ask('orders', from, undefined, { contentLength: '5' }),
      row: proven(),
    },
    {
      code: 'machine_unknown',
      why: 'of nobody',
      status: 401,
      send: (from) => {
        const nobody = formatId('mach', newUuid())
        const rename = (value: string) => value.replace(of('good').id, nobody)
        return ask('orders', from, withHeader(sign('good', 'orders'), 'Signature-Input', rename))
      },
      row: unread,
    },
    ...(['pending', 'suspended', 'quarantined', 'revoked', 'expired'] as const).map((state): Case => ({
      code: `machine_${state}`,
      why: 'of a machine in that state',
      status: 403,
      send: (from) => ask('orders', from, sign(state, 'orders')),
      row: proven(state),
    })),
    {
      code: 'generation_superseded',
      why: 'of a generation superseded over two minutes ago',
      status: 401,
      send: (from) => ask('orders', from, sign('superseded', 'orders')),
      row: proven('superseded'),
    },
    {
      code: 'generation_superseded',
      why: 'of a generation that is not there yet',
      status: 401,
      send: (from) => {
        const later = (value: string) => value.replace(`${of('good').id}.1`, `${of('good').id}.2`)
        return ask('orders', from, withHeader(sign('good', 'orders'), 'Signature-Input', later))
      },
      row: unproven(),
    },
    {
      code: 'algorithm_not_allowed',
      why: 'that names the other key’s algorithm',
      status: 401,
      send: (from) => {
        const swap = (value: string) => value.replace('hmac-sha256', 'ed25519')
        const signature = () => `cs=:${Buffer.alloc(64, 1).toString('base64')}:`
        const swapped = withHeader(sign('good', 'orders'), 'Signature-Input', swap)
        return ask('orders', from, withHeader(swapped, 'Signature', signature))
      },
      row: unproven(),
    },
    {
      code: 'algorithm_not_allowed',
      why: 'by a MAC where the service demands a signature',
      status: 401,
      send: (from) => ask('asymmetric', from),
      row: unproven(),
    },
    {
      code: 'authority_unknown',
      why: 'for a host that is not the service’s',
      status: 403,
      send: (from) =>
        ask('orders', from, makeRequest(of('good'), { authority: 'wrong.example', target: '/v1/orders?a=b' })),
      row: () => ({ machine: of('good'), authority: 'orders.example', reported: 'wrong.example' }),
    },
    {
      code: 'authority_unknown',
      why: 'for none of several hosts',
      status: 403,
      send: (from) => ask('two-hosts', from, undefined, { host: 'three.example' }),
      row: () => ({ machine: of('good'), authority: 'one.example', reported: 'three.example' }),
    },
    {
      code: 'authority_unknown',
      why: 'for a path outside of the host’s prefix',
      status: 403,
      send: (from) =>
        ask('two-hosts', from, makeRequest(of('good'), { authority: 'one.example', target: '/v10/orders?a=b' })),
      row: () => ({ machine: of('good'), authority: 'one.example', reported: 'one.example', path: '/v10/orders' }),
    },
    {
      code: 'service_unknown',
      why: 'to a service that is not there',
      status: 403,
      send: (from) =>
        askGateway({
          server: world.server(),
          slug: 'nothing',
          key: at('orders').gatewayKey,
          request: sign('good', 'orders'),
          from,
        }),
      row: () => ({ machine: null, service: null, gateway: null, authority: null }),
    },
    ...[
      { why: 'through another service’s gateway', more: () => ({ key: at('bodies').gatewayKey }) },
      { why: 'through a gateway that shows no key', more: () => ({ key: undefined }) },
      { why: 'through a gateway of another profile', more: () => ({ profile: 'caddy' }) },
      { why: 'with a key that nobody has', more: () => ({ key: `csg_${'A'.repeat(43)}` }) },
    ].map(({ why, more }): Case => ({
      code: 'gateway_unknown',
      why,
      status: 403,
      send: (from) => ask('orders', from, undefined, more()),
      row: () => ({ machine: null, gateway: null }),
    })),
    {
      code: 'policy_denied',
      why: 'of a machine that the service did not choose',
      status: 403,
      send: (from) => ask('chosen', from),
      row: proven(),
    },
  ]

  test.each(cases.map((each, index) => ({ ...each, each, from: `198.51.100.${index}` })))(
    '$code: a request $why',
    async ({ each, from }) => {
      const { status, headers, problem } = await each.send(from)
      expect({ status, code: problem?.code }).toEqual({ status: each.status, code: each.code })
      expect(problem!.status).toBe(status)
      expect(headers.get('www-authenticate')).toBe(status === 401 ? 'Countersign' : null)
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('countersign-assertion')).toBeNull()
      expect(headers.get('countersign-machine')).toBeNull()
      const id = parseId('dec', problem!.decisionId!)
      expect(id).not.toBeNull()
      recorded.push({ id: id!, from, each })
    },
  )

  test('Accept-Signature says what to cover, and a skewed clock by how much', async () => {
    const headers = [
      ['authorization', 'Bearer a'],
      ['content-type', 'a/b'],
    ] as const
    const missing = await ask('orders', '198.51.100.200', sign('good', 'orders', { headers, coveredFields: [] }))
    expect(missing.headers.get('accept-signature')).toBe(
      'cs=("@method" "@authority" "@path" "@query" "authorization" "content-type");created;expires;nonce;keyid;alg;tag="countersign"',
    )
    const early = await ask('orders', '198.51.100.201', sign('good', 'orders', { created: seconds() + 200 }))
    expect(early.problem!.clockSkewSeconds).toBeGreaterThan(150)
  })

  // Last: on the embedded database the look at the rows stops the server.
  test('each of them is on record with what was known, and none of them is an allow', async () => {
    expect(recorded).toHaveLength(cases.length)
    await world.server().stop()
    expect(await world.rows('SELECT id FROM decision')).toEqual([])
    const rows = await world.rows<Record<string, unknown> & { id: string }>(
      `SELECT id, outcome, code, count, service_id, service_name, gateway_id, machine_id, use_key, method, authority,
              reported_authority, path, query_names, query_hash IS NOT NULL AS hashed, source_address FROM denial`,
    )
    for (const { id, from, each } of recorded) {
      const expected: ExpectedRow = each.row()
      const { machine, isProven = false, method = 'GET', path = '/v1/orders' } = expected
      const slug = expected.service === null ? 'nothing' : String(rows.find((row) => row.id === id)?.service_name)
      const service = services.get(slug)
      expect(
        rows.find((row) => row.id === id),
        `${each.code} ${each.why}`,
      ).toEqual({
        id,
        outcome: 'denied',
        code: each.code,
        count: 1,
        service_name: slug,
        service_id: service ? parseId('svc', service.serviceId) : null,
        gateway_id: expected.gateway === null ? null : parseId('gw', service!.gatewayId),
        machine_id: machine ? parseId('mach', machine.id) : null,
        use_key: isProven ? (expect.stringMatching(/^s\d+$/) as string) : null,
        method,
        authority: expected.authority === undefined ? `${slug}.example` : expected.authority,
        reported_authority: expected.reported ?? (slug === 'nothing' ? 'orders.example' : `${slug}.example`),
        path,
        query_names: [path === '/v1/orders' || path === '/v1/payments' ? expect.stringMatching(/^(status|a)$/) : 'a'],
        hashed: true,
        source_address: from,
      })
    }
  })
})
