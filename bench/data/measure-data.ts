import { randomBytes } from 'node:crypto'
import pino from 'pino'
import { formatId } from '@/lib/domain/ids'
import { createCounter } from '@/lib/server/count/create-counter'
import { openDependencies } from '@/lib/server/open-dependencies'
import { readSettings } from '@/lib/server/settings'
import { fillRecords, type FilledRecords } from '@/test/setup/fill-records'
import { startServer, type RunningServer } from '@/test/setup/start-server'
import { createPlaceFolders } from '@/test/setup/test-place'
import { createThrowawayPostgres } from '@/test/setup/throwaway-postgres'
import type { Cleanups } from '../cleanups'

export interface MeasuredPage {
  readonly name: string
  readonly p50Ms: number
  readonly p99Ms: number
}

export interface MeasuredData {
  readonly decisions: number
  readonly pages: readonly MeasuredPage[]
  /** `PostgreSQL 15.9` */
  readonly postgres: string
  /** Allows counted a second, one node, with nothing else to do. */
  readonly countedPerSecond: number
  readonly sizeBytes: number
}

const machines = 50_000
const days = 7
const calls = 50

/** Fills a server of its own with so many decisions and asks a real API server for each page, one call after the other. */
export async function measureData(
  decisions: number,
  cleanups: Cleanups,
  report: (line: string) => void,
): Promise<MeasuredData> {
  const postgres = await createThrowawayPostgres({
    // Filling alone would be held up by a careful disk; what is measured only reads.
    synchronous_commit: 'off',
    wal_level: 'minimal',
    max_wal_senders: '0',
    max_wal_size: "'8GB'",
    shared_buffers: "'1GB'",
  })
  cleanups.add(() => postgres.remove())
  const place = await createPlaceFolders()
  cleanups.add(() => place.remove())
  const environment = { ...place.environment, DATABASE_URL: postgres.url }
  const { filled, ...facts } = await prepare(environment, decisions, report)
  const server = await startServer({ ...place, kind: 'postgresql', environment })
  cleanups.add(async () => {
    await server.stop()
  })
  const pages: MeasuredPage[] = []
  for (const [name, ask] of await listPages(server, filled)) {
    pages.push(await measurePage(name, ask))
    report(`${decisions.toLocaleString('en-US')}: ${name}, p99 ${pages.at(-1)?.p99Ms.toFixed(1)} ms`)
  }
  return { decisions, pages, ...facts }
}

async function prepare(environment: Record<string, string>, decisions: number, report: (line: string) => void) {
  const read = readSettings(environment)
  if (read.outcome === 'refused') throw new Error(read.errors.join('\n'))
  const opened = await openDependencies(read.settings, {
    log: pino({ level: 'warn' }),
    localAdministratorTokenHash: randomBytes(32),
  })
  const { pool } = opened.dependencies
  try {
    report(`Making ${decisions.toLocaleString('en-US')} decisions …`)
    const filled = await fillRecords(pool, { machines, decisions, denials: decisions / 10, days })
    report('Counting them …')
    const startedAt = performance.now()
    const counted = await createCounter(opened.dependencies).run()
    const countedPerSecond = counted / ((performance.now() - startedAt) / 1000)
    const { rows } = await pool.query<{ version: string; size: string }>(
      `SELECT current_setting('server_version') AS version, pg_database_size(current_database()) AS size`,
    )
    const [row] = rows
    // As autovacuum leaves the partitions of the days before.
    await pool.query({ text: 'VACUUM ANALYZE', query_timeout: 3_600_000 } as { text: string })
    return {
      filled,
      countedPerSecond,
      postgres: `PostgreSQL ${row?.version.split(' ')[0] ?? ''}`,
      sizeBytes: Number(row?.size),
    }
  } finally {
    await opened.close()
  }
}

async function listPages(
  server: RunningServer,
  filled: FilledRecords,
): Promise<readonly (readonly [string, () => Promise<unknown>])[]> {
  const get = async (path: string) => {
    const { status, body } = await server.api<{ nextCursor?: string; items?: { id: string }[] }>('GET', path)
    if (status !== 200) throw new Error(`${path} answered ${status}.`)
    return body
  }
  const machine = formatId('mach', filled.machineId)
  const first = await get('/decisions')
  const listed = (await get('/machines')).items?.map(({ id }) => `machine=${id}`).join('&') ?? ''
  return [
    ['decisions, first page', () => get('/decisions')],
    ['decisions, second page', () => get(`/decisions?cursor=${first.nextCursor ?? ''}`)],
    ['decisions, denials', () => get('/decisions?outcome=denied')],
    ['decisions, a rare code', () => get('/decisions?code=policy_denied')],
    ['decisions, a busy service', () => get(`/decisions?service=${filled.busyServiceSlug}`)],
    ['decisions, a rare service', () => get(`/decisions?service=${filled.rareServiceSlug}`)],
    ['decisions, one machine', () => get(`/decisions?machine=${machine}`)],
    [
      'a machine’s page',
      () => Promise.all([get(`/machines/${machine}`), get(`/decisions?machine=${machine}&outcome=allowed&limit=15`)]),
    ],
    ['a decision', () => get(`/decisions/${first.items?.at(-1)?.id ?? ''}`)],
    ['machines, first page', () => get('/machines')],
    ['machines, by label', () => get('/machines?label=team%3Dteam-7')],
    ['machines, by beginning of the name', () => get('/machines?namePrefix=machine-0012')],
    ['what 50 machines did', () => get(`/machine-activity?${listed}`)],
    ['when gateways last asked', () => get(`/gateway-activity?service=${filled.busyServiceSlug}`)],
    ['the overview', () => get('/overview')],
    ['the audit log', () => get('/audit-events')],
  ]
}

async function measurePage(name: string, ask: () => Promise<unknown>): Promise<MeasuredPage> {
  // Connections, caches of the server and of the planner: nobody's page is the first one ever.
  for (let call = 0; call < 5; call += 1) await ask()
  const times: number[] = []
  for (let call = 0; call < calls; call += 1) {
    const startedAt = performance.now()
    await ask()
    times.push(performance.now() - startedAt)
  }
  times.sort((a, b) => a - b)
  const at = (share: number) => times[Math.min(times.length - 1, Math.ceil(share * times.length) - 1)] ?? Number.NaN
  return { name, p50Ms: at(0.5), p99Ms: at(0.99) }
}
