import { afterAll, beforeAll, expect, test } from 'vitest'
import { readSettings } from '@/lib/server/settings'
import { createTestPlace, type TestPlace } from '../setup/open-test-dependencies'
import { makeRequest, prepareService, type PreparedService } from '../setup/prepare-service'
import { startServer, tryStartServer, type RunningServer } from '../setup/start-server'
import { freePort } from '../setup/throwaway-postgres'
import { scrape, valueOf } from './support/scrape'

let place: TestPlace
let server: RunningServer
let service: PreparedService
let metricsPort: number
let url: string

beforeAll(async () => {
  place = await createTestPlace('postgresql')
  metricsPort = await freePort()
  server = await startServer(place, { environment: { COUNTERSIGN_METRICS_PORT: String(metricsPort) } })
  service = await prepareService(server)
  url = `http://127.0.0.1:${metricsPort}/metrics`
})
afterAll(async () => {
  await server.stop()
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
  expect(readSettings({ COUNTERSIGN_METRICS_HOST: '127.0.0.1' })).toEqual({
    outcome: 'refused',
    errors: [expect.stringContaining('COUNTERSIGN_METRICS_PORT is needed with COUNTERSIGN_METRICS_HOST')],
  })
})
