import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Pool } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runMigrations } from '@/lib/server/database/run-migrations'
import { migrationsFolder } from '@/lib/server/project-root'
import { readSettings } from '@/lib/server/settings'
import { createTestPlace, type TestPlace } from '../setup/open-test-dependencies'
import { makeRequest, prepareService, type PreparedService } from '../setup/prepare-service'
import { startServer, tryStartServer, type RunningServer } from '../setup/start-server'
import { freePort } from '../setup/free-port'
import { scrape, valueOf } from './support/scrape'
import { startTraceReceiver } from './support/trace-receiver'

let place: TestPlace
let server: RunningServer
let service: PreparedService
let metricsPort: number
let url: string
let collector: Awaited<ReturnType<typeof startTraceReceiver>>

beforeAll(async () => {
  place = await createTestPlace('postgresql')
  metricsPort = await freePort()
  collector = await startTraceReceiver()
  server = await startServer(place, {
    environment: {
      COUNTERSIGN_METRICS_PORT: String(metricsPort),
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      COUNTERSIGN_DECISION_DEADLINE_MS: '5000',
    },
  })
  service = await prepareService(server)
  url = `http://127.0.0.1:${metricsPort}/metrics`
})
afterAll(async () => {
  await server.stop()
  await collector.close()
  await place.remove()
})

test('a scrape counts what happened, exactly, and names no machine and nothing that strangers chose', async () => {
  const machine = await service.enroll('a name of its own')
  const ask = () => makeRequest(machine, { authority: service.authority, target: '/v1/orders?secret=1' })
  const sent = ask()
  expect((await service.ask(server, sent)).status).toBe(200)
  expect((await service.ask(server, sent)).code).toBe('credential_replayed')
  for (let index = 0; index < 5; index++) {
    expect((await service.ask(server, { ...sent, headers: [] })).code).toBe('credential_missing')
  }
  for (const slug of ['nobody-has-it', 'another-one']) {
    await fetch(`${server.url}/api/v1/authz/nginx/${slug}`, { headers: { 'x-original-method': 'GET' } })
  }
  expect((await machine.renew()).status).toBe(200)
  const revoked = await server.api('POST', `/machines/${machine.id}/revoke`, { reason: 'for the numbers' })
  expect(revoked.status).toBe(200)
  expect((await service.ask(server, ask())).code).toBe('machine_revoked')

  const { text, samples } = await scrape(url)
  const decided = (labels: Record<string, string>) => valueOf(samples, 'countersign_decisions_total', labels)
  const orders = { service: 'orders', gateway: 'nginx' }
  expect(decided({ ...orders, outcome: 'allowed', code: 'none' })).toBe(1)
  expect(decided({ ...orders, outcome: 'denied', code: 'credential_replayed' })).toBe(1)
  expect(decided({ ...orders, outcome: 'denied', code: 'credential_missing' })).toBe(5)
  expect(decided({ ...orders, outcome: 'denied', code: 'machine_revoked' })).toBe(1)
  // What strangers call a service is one series, however many names they think of.
  const strangers = samples.filter(({ labels }) => labels.service === 'unknown')
  expect(strangers.reduce((sum, { value }) => sum + value, 0)).toBe(2)
  expect(text).not.toMatch(/nobody-has-it|a name of its own|mach_|secret=/)

  const total = samples
    .filter(({ name }) => name === 'countersign_decisions_total')
    .reduce((sum, { value }) => sum + value, 0)
  // Calls that could not even be read as questions are decided without a duration.
  const timed = valueOf(samples, 'countersign_decision_duration_seconds_count') ?? 0
  expect(timed).toBeGreaterThanOrEqual(8)
  expect(timed).toBeLessThanOrEqual(total)
  expect(valueOf(samples, 'countersign_decision_duration_seconds_bucket', { le: '+Inf' })).toBe(timed)
  // The allow and the replay were each a batch of their own.
  expect(valueOf(samples, 'countersign_batch_rows_count')).toBe(2)
  expect(valueOf(samples, 'countersign_batch_rows_sum')).toBe(2)
  expect(valueOf(samples, 'countersign_denials_folded_total')).toBeGreaterThanOrEqual(3)
  expect(valueOf(samples, 'countersign_machine_messages_total', { kind: 'enrollment', outcome: 'done' })).toBe(1)
  expect(valueOf(samples, 'countersign_machine_messages_total', { kind: 'renewal', outcome: 'done' })).toBe(1)
  const change = { action: 'machine.revoke' }
  expect(valueOf(samples, 'countersign_machine_change_duration_seconds_count', change)).toBe(1)
  expect(valueOf(samples, 'countersign_machine_change_duration_seconds_sum', change)).toBeLessThan(2)
  expect(valueOf(samples, 'countersign_api_operations_total', { operation: 'revokeMachine', status: '200' })).toBe(1)
  expect(valueOf(samples, 'countersign_build_info', { role: 'all', database: 'postgresql' })).toBe(1)
  expect(valueOf(samples, 'countersign_database_up')).toBe(1)
  expect(Math.abs(valueOf(samples, 'countersign_clock_difference_seconds') ?? NaN)).toBeLessThan(1)
  expect(valueOf(samples, 'countersign_partition_days_ahead')).toBe(8)
  for (const name of ['queue_depth', 'lanes_busy'])
    expect(valueOf(samples, `countersign_decision_${name}`), name).toBe(0)
  expect(valueOf(samples, 'countersign_live_feed_listeners')).toBe(0)
  expect(valueOf(samples, 'nodejs_eventloop_lag_p99_seconds')).toBeDefined()
})

test('the metrics are on their own listener alone, and that listener has nothing else', async () => {
  expect((await fetch(`${server.url}/metrics`, { redirect: 'manual' })).headers.get('content-type')).not.toMatch(
    /version=0\.0\.4/,
  )
  for (const path of ['/', '/healthz', '/api/v1/machines', '/metrics/', '/metricsx']) {
    expect((await fetch(`http://127.0.0.1:${metricsPort}${path}`)).status, path).toBe(404)
  }
  expect((await fetch(url, { method: 'POST', body: 'x' })).status).toBe(405)
  expect((await fetch(url, { method: 'HEAD' })).status).toBe(200)
})

test('a port that is taken, and a host without a port, are named at start', async () => {
  // The quickest role: it fails before anything is served.
  const environment = { COUNTERSIGN_ROLE: 'verification', COUNTERSIGN_METRICS_PORT: String(metricsPort) }
  const other = await createTestPlace('postgresql')
  const taken = await tryStartServer(other, { environment })
  await other.remove()
  expect(taken).toMatchObject({ outcome: 'ended', code: 1 })
  if (taken.outcome === 'ended') expect(taken.output).toMatch(/Cannot serve metrics on 127\.0\.0\.1.*EADDRINUSE/)
  expect(readSettings({ COUNTERSIGN_METRICS_HOST: '127.0.0.1', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a:b@c' })).toEqual({
    outcome: 'refused',
    errors: [
      expect.stringContaining('COUNTERSIGN_METRICS_PORT is needed'),
      expect.stringContaining('no name or password'),
    ],
  })
})

test('calls, messages and batches are spans; a decision is one where the caller traces and its signature held', async () => {
  const traceId = 'a'.repeat(32)
  const header = (id: string, flags: string): [string, string] => ['traceparent', `00-${id}-${'b'.repeat(16)}-${flags}`]
  const machine = await service.enroll('traced')
  const request = makeRequest(machine, { authority: service.authority, target: '/v1/traced?token=hunter2marker' })
  const withTrace = (headers: typeof request.headers) => ({ ...request, headers })
  const stranger = withTrace([header('c'.repeat(32), '01'), ['authorization', 'Bearer hunter2marker']])
  expect((await service.ask(server, stranger)).code).toBe('credential_missing')
  const unsampled = makeRequest(machine, { authority: service.authority, target: '/v1/untraced' })
  const quiet = { ...unsampled, headers: [...unsampled.headers, header('d'.repeat(32), '00')] }
  expect((await service.ask(server, quiet)).status).toBe(200)
  const traced = withTrace([...request.headers, header(traceId, '01')])
  const allowed = await service.ask(server, traced)
  expect(allowed.status).toBe(200)
  expect((await service.ask(server, traced)).code).toBe('credential_replayed')
  const named = await server.api('POST', '/services', { slug: 'x', name: '<b>hunter2marker', authorities: [] })
  expect(named.status).toBe(400)

  const of = (name: string) => collector.spans.filter((span) => span.name === name)
  await expect.poll(() => of('decision').length, { timeout: 20_000 }).toBe(2)
  await expect.poll(() => of('api.createService').length, { timeout: 20_000 }).toBe(2)
  expect(of('decision').map(({ attributes }) => attributes['countersign.outcome'])).toEqual([
    'allowed',
    'credential_replayed',
  ])
  for (const span of of('decision')) expect(span).toMatchObject({ traceId, parentSpanId: 'b'.repeat(16), status: 0 })
  expect(of('decision')[0]!.attributes['countersign.decision_id']).toBe(allowed.headers.get('countersign-decision'))
  expect(of('api.createService').at(-1)!.attributes).toMatchObject({ 'http.response.status_code': 400 })
  expect(of('machine.enrollment').at(-1)!.attributes).toMatchObject({ 'countersign.outcome': 'done' })
  expect(of('decision.batch').length).toBeGreaterThan(2)
  // Neither what strangers said, nor what was secret, nor who a machine says it is.
  expect(collector.received()).not.toMatch(/hunter2marker|traced\?|"c{32}"|"d{32}"|csg_|csj_|csl_/)
})

test('a call is found in the log by the id of its answer, with its operation and without what was sent', async () => {
  const { body } = await server.api<{ requestId: string }>('POST', '/services', {
    slug: 'hunter2marker',
    authorities: 1,
  })
  expect(body.requestId).toMatch(/^req_/)
  const lines = server
    .output()
    .split('\n')
    .filter((line) => line.includes(body.requestId))
  expect(lines.map((line) => JSON.parse(line) as object)).toEqual([
    expect.objectContaining({ level: 20, operation: 'createService', status: 400, requestId: body.requestId }),
  ])
  expect(server.output()).not.toContain('hunter2marker')
})

// Last: what comes after finds the tables of a version that is not there yet.
test('a node goes on deciding while a newer version adds to the tables, and does not start again after it', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'countersign-newer-'))
  const pool = new Pool({ connectionString: place.environment.DATABASE_URL, max: 1 })
  try {
    const machine = await service.enroll('through an upgrade')
    const ask = (request = makeRequest(machine, { authority: service.authority, target: '/v1/orders' })) =>
      service.ask(server, request)
    const before = makeRequest(machine, { authority: service.authority, target: '/v1/orders' })
    expect((await ask(before)).status).toBe(200)
    await cp(migrationsFolder(), folder, { recursive: true })
    await mkdir(path.join(folder, '29990101000000_adds'))
    const adds = `CREATE TABLE "later" ("id" uuid PRIMARY KEY, "machine_id" uuid REFERENCES "machine" ("id"));
      ALTER TABLE "machine" ADD COLUMN "later" text;
      ALTER TABLE "service" ADD COLUMN "later" integer NOT NULL DEFAULT 1;
      ALTER TABLE "decision" ADD COLUMN "later" text;
      ALTER TABLE "denial" ADD COLUMN "later" text NOT NULL DEFAULT '';
      ALTER TABLE "audit_event" ADD COLUMN "later" jsonb;
      CREATE INDEX "machine_later" ON "machine" ("later");`
    await writeFile(path.join(folder, '29990101000000_adds', 'migration.sql'), adds)
    const asking = Array.from({ length: 20 }, () => ask())
    expect(await runMigrations(pool, folder)).toEqual(['29990101000000_adds'])
    expect(new Set((await Promise.all(asking)).map(({ code }) => code))).toEqual(new Set(['allowed']))
    expect((await ask(before)).code).toBe('credential_replayed')
    expect((await machine.renew()).status).toBe(200)
    expect((await ask()).code).toBe('allowed')
    const other = await service.enroll('enrolled after it')
    expect((await server.api('POST', `/machines/${other.id}/revoke`, { reason: 'it works' })).status).toBe(200)
    expect((await server.api('GET', '/decisions?limit=5')).status).toBe(200)

    const again = await tryStartServer(place, {
      environment: { COUNTERSIGN_ROLE: 'verification', COUNTERSIGN_DATA_DIR: path.join(folder, 'data') },
    })
    expect(again).toMatchObject({ outcome: 'ended', code: 1 })
    if (again.outcome === 'ended') {
      expect(again.output).toMatch(/written by a newer version of Countersign \(migration 29990101000000_adds\)/)
    }
  } finally {
    await pool.end()
    await rm(folder, { recursive: true, force: true })
  }
})
