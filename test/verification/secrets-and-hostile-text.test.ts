import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseId } from '@/lib/domain/ids'
import type { DatabaseKind } from '../setup/open-test-dependencies'
import { makeRequest, prepareService, type PreparedService } from '../setup/prepare-service'
import { freePort } from '../setup/free-port'
import { enrollTestMachine, type TestMachine } from '../setup/test-machine'
import { scrape } from '../operate/support/scrape'
import { askGateway, withHeader } from './support/ask-gateway'
import { openWorld, type World } from './support/open-world'

const marker = 'hunter2marker'
/** Control characters, text that runs backwards, markup, and what breaks spreadsheets and terminals. */
const hostile = '=cmd\u001b[2J\u202egnp.exe\u2066<script>alert(1)</script>"\'--\r\n\t\u0000{{7*7}}'

describe.each<DatabaseKind>(['postgresql', 'embedded'])('what is kept on %s', (kind) => {
  let world: World
  let service: PreparedService
  let library: PreparedService
  let machine: TestMachine
  const secrets: string[] = []
  let metricsPort: number

  beforeAll(async () => {
    metricsPort = await freePort()
    world = await openWorld(kind, {
      environment: { COUNTERSIGN_DECISION_DEADLINE_MS: '5000', COUNTERSIGN_METRICS_PORT: String(metricsPort) },
    })
    service = await prepareService(world.server())
    library = await prepareService(world.server(), { slug: 'direct', profile: 'library', authority: 'direct.example' })
    machine = await service.enroll('keeper of secrets')
    secrets.push(marker, service.gatewayKey, library.gatewayKey)
  })
  afterAll(() => world.close())

  const secretHeaders = [
    ['authorization', `Bearer ${marker}-authorization`],
    ['cookie', `session=${marker}-cookie`],
    ['x-api-key', `${marker}-key`],
    ['x-unlisted-secret', `${marker}-unlisted`],
  ] as const
  const secretTarget = `/v1/orders?api_key=${marker}-query&${marker}-alone&page=2`

  test('nothing that could be a secret is logged, answered or stored, whatever becomes of the request', async () => {
    const server = world.server()
    const sign = (target = secretTarget) =>
      makeRequest(machine, { authority: service.authority, target, headers: secretHeaders })
    const ask = (request = sign(), key: string | undefined = service.gatewayKey) =>
      askGateway({ server, slug: service.slug, key, request })
    const good = sign()
    const spoiled = withHeader(sign(), 'Signature', () => `cs=:${Buffer.alloc(32, 9).toString('base64')}:`)
    const answers = [
      await ask(good),
      await ask(good),
      await ask(spoiled),
      await ask({ ...good, headers: secretHeaders }),
      await ask(withHeader(good, 'Signature-Input', (value) => `${value};${marker}="${marker}"`)),
      await ask(sign(), `csg_${marker}`),
    ]
    expect(answers.map(({ problem }) => problem?.code ?? 'allowed')).toEqual([
      'allowed',
      'credential_replayed',
      'signature_invalid',
      'credential_missing',
      'credential_malformed',
      'gateway_unknown',
    ])
    for (const { headers, problem } of answers) {
      expect(JSON.stringify([...headers].filter(([name]) => name !== 'countersign-assertion'))).not.toContain(marker)
      expect(JSON.stringify(problem ?? {})).not.toContain(marker)
    }

    // The calls of services and operators, good and bad.
    const call = (path: string, headers: Record<string, string>, body: string) =>
      fetch(`${server.url}/api/v1${path}`, { method: 'POST', headers, body })
    await call('/verify', { 'countersign-gateway-key': library.gatewayKey }, `{"${marker}": "${marker}"}`)
    await call('/verify', { 'countersign-gateway-key': library.gatewayKey }, `{"broken ${marker}`)
    const made = await server.api<{ token: string }>('POST', '/api-tokens', { name: 'ci', role: 'viewer' })
    const join = await server.api<{ token: string }>('POST', '/join-tokens', { name: 'for one' })
    expect([made.status, join.status]).toEqual([201, 201])
    secrets.push(made.body.token, join.body.token)
    await fetch(`${server.url}/api/v1/machines`, { headers: { authorization: `Bearer ${made.body.token}` } })
    await fetch(`${server.url}/api/v1/machines?label=${marker}`, { headers: { authorization: `Bearer cst_${marker}` } })
    await call(
      '/services',
      { authorization: `Bearer ${made.body.token}`, 'content-type': 'application/json' },
      `{"slug":"${marker}"`,
    )
    await enrollTestMachine(server.url, join.body.token, 'let in')
    await enrollTestMachine(server.url, join.body.token, 'a second time').catch(() => undefined)
  })

  test('hostile text is refused where people type it, and comes back as it came where strangers send it', async () => {
    const server = world.server()
    const refused = await server.api('POST', '/services', {
      slug: 'x',
      name: hostile,
      authorities: [{ authority: 'x.example' }],
    })
    expect(refused.status).toBe(400)

    const token = await server.api<{ token: string }>('POST', '/join-tokens', { name: 'for the odd one' })
    const named = await enrollTestMachine(server.url, token.body.token, hostile).catch(
      (error: unknown) => error as Error,
    )
    const long = await enrollTestMachine(server.url, token.body.token, 'x'.repeat(10_000)).catch(
      (error: unknown) => error,
    )
    for (const answer of [named, long]) if (answer instanceof Error) expect(answer.message).toMatch(/Enrolment: 4\d\d /)

    const key = { 'countersign-gateway-key': library.gatewayKey, 'content-type': 'application/json' }
    const target = `/${hostile}?${hostile.slice(1)}=1`
    for (const path of [target, `/${'y'.repeat(10_000)}`]) {
      const call = {
        service: library.slug,
        method: 'GET',
        target: path,
        authority: hostile,
        headers: [['user-agent', hostile.repeat(50)]],
        sourceAddress: hostile.slice(0, 64),
      }
      const response = await fetch(`${server.url}/api/v1/verify`, {
        method: 'POST',
        headers: key,
        body: JSON.stringify(call),
      })
      expect(response.status).toBe(401)
      const line = response.headers.get('countersign-problem')!
      expect(line).toMatch(/^[\x20-\x7e]{1,1024}$/)
    }
    // The slug of a service that is not there is text of strangers too, as bytes that HTTP lets pass.
    const odd = encodeURIComponent('<b>\u202e').slice(0, 60)
    await askGateway({
      server,
      slug: odd,
      request: makeRequest(machine, { authority: 'a.example', target: '/' }),
      from: '203.0.113.9',
    })
    const good = { service: library.slug, ...makeRequest(machine, { authority: library.authority, target: '/fine' }) }
    const allowed = await fetch(`${server.url}/api/v1/verify`, {
      method: 'POST',
      headers: key,
      body: JSON.stringify({ ...good, sourceAddress: '\u0000\ud800 not an address' }),
    })
    expect(allowed.status).toBe(200)
  })

  test('the metrics have none of it: neither secrets, nor what strangers call things, nor machines', async () => {
    const { text } = await scrape(`http://127.0.0.1:${metricsPort}/metrics`)
    expect(text).toContain('countersign_decisions_total{service="orders"')
    for (const secret of secrets) expect(text).not.toContain(secret)
    expect(text).not.toMatch(/mach_|keeper of secrets|script>|[\u0000\u001b\u202e]/)
  })

  // Last: on the embedded database the look at the rows stops the server.
  test('every column of every table is free of secrets, and keeps what strangers wrote as data, bounded', async () => {
    await world.server().stop()
    const output = world.server().output()
    expect(output.length).toBeGreaterThan(0)
    for (const secret of secrets) expect(output).not.toContain(secret)
    // Nothing that a terminal would act on.
    expect(output).not.toMatch(/[\u0000\u001b\u202e]/)

    const tables = await world.rows<{ name: string }>(
      `SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') ORDER BY 1`,
    )
    expect(tables.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['decision', 'denial', 'audit_event', 'api_token']),
    )
    for (const { name } of tables) {
      const rows = await world.rows<{ line: string }>(`SELECT row_to_json(t)::text AS line FROM "${name}" t`)
      for (const { line } of rows) {
        for (const secret of secrets) {
          expect(line, name).not.toContain(secret)
          expect(line, name).not.toContain(Buffer.from(secret).toString('hex'))
        }
      }
    }

    const kept = await world.rows<{
      path: string
      count: number
      query_names: string[]
      source_address: string
      reported_authority: string
    }>(
      `SELECT path, count, query_names, source_address, reported_authority FROM denial
        WHERE service_id = $1 AND code = 'credential_missing' ORDER BY length(path)`,
      [parseId('svc', library.serviceId)],
    )
    const shown = hostile.replace('\0', '\ufffd')
    const shownBySource = { source_address: shown.slice(0, 64), reported_authority: shown }
    // Folded into one row, unless the second in which folds are written ended between the two.
    const [first, second] = kept
    expect(first).toMatchObject({ path: `/${shown}`, query_names: [shown.slice(1, 65)], ...shownBySource })
    if (second) expect(second).toMatchObject({ path: `/${'y'.repeat(2_047)}`, query_names: [], ...shownBySource })
    expect(kept.map(({ count }) => count)).toEqual(second ? [1, 1] : [2])

    const [fine] = await world.rows<{ source_address: string }>(
      `SELECT source_address FROM decision WHERE path = '/fine'`,
    )
    expect(fine!.source_address).toBe('\ufffd\ufffd not an address')
  })
})
