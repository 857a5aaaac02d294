import { randomBytes } from 'node:crypto'
import pino from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { operations, type OperationId } from '@/lib/contract/operations'
import { formatId } from '@/lib/domain/ids'
import { createCounter } from '@/lib/server/count/create-counter'
import { getDecision } from '@/lib/server/decision/get-decision'
import { listDecisions } from '@/lib/server/decision/list-decisions'
import { readRecentDecisions } from '@/lib/server/decision/stream-recent'
import { getMachine } from '@/lib/server/machine/get-machine'
import { listAuditEvents } from '@/lib/server/audit/list-audit-events'
import { listMachines } from '@/lib/server/machine/list-machines'
import { openDependencies, type OpenedDependencies } from '@/lib/server/open-dependencies'
import { getOverview } from '@/lib/server/overview/get-overview'
import { listGatewayActivity } from '@/lib/server/overview/list-gateway-activity'
import { listMachineActivity } from '@/lib/server/overview/list-machine-activity'
import { readSettings } from '@/lib/server/settings'
import { fillRecords, type FilledRecords } from '../setup/fill-records'
import { createPlaceFolders } from '../setup/test-place'
import { createThrowawayPostgres, type ThrowawayPostgres } from '../setup/throwaway-postgres'
import { readPlans } from './support/read-plans'

// Every list and every figure of the console, asked as the console asks, at 50,000 machines and 1,000,000 decisions: what
// the database reads for it is bounded by the page, not by how much there is.

const machines = 50_000
let postgres: ThrowawayPostgres
let place: Awaited<ReturnType<typeof createPlaceFolders>>
let opened: OpenedDependencies
let filled: FilledRecords

beforeAll(async () => {
  // Nobody else uses it and nothing of it is kept: it need not be careful with its disk.
  postgres = await createThrowawayPostgres({
    synchronous_commit: 'off',
    wal_level: 'minimal',
    max_wal_senders: '0',
    max_wal_size: "'4GB'",
    shared_buffers: "'256MB'",
    autovacuum: 'off',
  })
  place = await createPlaceFolders()
  const read = readSettings({ ...place.environment, DATABASE_URL: postgres.url })
  if (read.outcome === 'refused') throw new Error(read.errors.join('\n'))
  opened = await openDependencies(read.settings, {
    log: pino({ level: 'silent' }),
    localAdministratorTokenHash: randomBytes(32),
  })
  const { pool } = opened.dependencies
  filled = await fillRecords(pool, { machines, decisions: 1_000_000, denials: 60_000, days: 4 })
  await createCounter(opened.dependencies).run()
  await pool.query('ANALYZE machine_minute, service_minute')
}, 300_000)

afterAll(async () => {
  await opened.close()
  await postgres.remove()
  await place.remove()
})

/** Asks, and holds what was read to a bound: a page with what has to be skipped for it. */
async function expectBounded(what: string, run: () => Promise<unknown>, mostRows = 1_500): Promise<void> {
  const plans = await readPlans(postgres.url, run)
  expect(plans.length, what).toBeGreaterThan(0)
  for (const { text, rowsRead, rowsSorted, scanned } of plans) {
    expect(rowsRead, `rows read for ${what}: ${text}`).toBeLessThan(mostRows)
    expect(rowsSorted, `rows sorted for ${what}: ${text}`).toBeLessThan(mostRows)
    for (const table of ['decision', 'denial', 'machine', 'machine_minute', 'service_minute', 'audit_event']) {
      expect(scanned.get(table) ?? 0, `${table} is read from end to end for ${what}: ${text}`).toBe(0)
    }
  }
}

/** A query string as the API reads it. */
function queryOf<Id extends OperationId>(id: Id, text: string) {
  const raw: Record<string, string | string[]> = {}
  for (const [name, value] of new URLSearchParams(text)) {
    const before = raw[name]
    raw[name] = before === undefined ? value : [before, value].flat()
  }
  const { query } = operations[id] as unknown as { query: { parse(value: unknown): never } }
  return query.parse(raw)
}

function withCursor(query: string, cursor: string | null): string {
  return cursor === null ? query : `${query}&cursor=${cursor}`
}

const hourAgo = () => new Date(Date.now() - 3_600_000).toISOString()

describe('what the list of decisions reads', () => {
  const machine = () => `machine=${formatId('mach', filled.machineId)}`
  test.each<[string, () => string]>([
    ['the first page', () => ''],
    ['allows', () => 'outcome=allowed'],
    ['denials', () => 'outcome=denied'],
    ['what few rows are: observed', () => 'outcome=observed'],
    ['a frequent code', () => 'code=credential_missing'],
    ['a rare code', () => 'code=policy_denied'],
    ['a code that there is none of', () => 'code=digest_mismatch'],
    ['a code of allows, which have none', () => 'outcome=allowed&code=policy_denied'],
    ['one machine', machine],
    ['uses of one machine', () => `${machine()}&outcome=allowed`],
    ['denials of one machine', () => `${machine()}&outcome=denied`],
    ['one machine and code', () => `${machine()}&code=credential_replayed`],
    ['a busy service', () => `service=${filled.busyServiceSlug}`],
    ['a service among many', () => 'service=service-7'],
    ['a rare service', () => `service=${filled.rareServiceSlug}`],
    ['a service that nobody has', () => 'service=servce-1'],
    ['allows of a busy service', () => `service=${filled.busyServiceSlug}&outcome=allowed`],
    ['denials of a rare service', () => `service=${filled.rareServiceSlug}&outcome=denied`],
    ['a busy service and a rare code', () => `service=${filled.busyServiceSlug}&code=policy_denied`],
    ['one machine and service', () => `${machine()}&service=${filled.busyServiceSlug}`],
    ['the last hour', () => `since=${hourAgo()}`],
    ['the last hour of a rare service', () => `since=${hourAgo()}&service=${filled.rareServiceSlug}`],
    ['before the last hour', () => `until=${hourAgo()}&outcome=allowed`],
  ])('is bounded for %s, on its first pages', async (what, query) => {
    let cursor: string | null = null
    for (const page of ['first', 'second', 'third']) {
      const text = withCursor(query(), cursor)
      await expectBounded(
        `${what}, ${page} page`,
        async () => {
          const answer = await listDecisions(opened.dependencies, queryOf('listDecisions', text))
          if (answer.outcome === 'refused') throw new Error(answer.detail)
          cursor = answer.value.nextCursor
        },
        // A service's allows are looked up machine by machine in a minute in which many call.
        what.includes('service') ? 3_500 : 1_500,
      )
      if (cursor === null) break
    }
  })

  test('is the page itself: a rare service’s rows are those that a look at every row finds', async () => {
    const { pool } = opened.dependencies
    const { rows } = await pool.query<{ id: string }>(
      `SELECT id FROM decision WHERE service_id = $1
       UNION ALL SELECT id FROM denial WHERE service_id = $1`,
      [filled.rareServiceId],
    )
    const found: string[] = []
    let cursor: string | null = null
    do {
      const text = withCursor(`service=${filled.rareServiceSlug}&limit=20`, cursor)
      const answer = await listDecisions(opened.dependencies, queryOf('listDecisions', text))
      if (answer.outcome === 'refused') throw new Error(answer.detail)
      found.push(...answer.value.items.map(({ id }) => id))
      cursor = answer.value.nextCursor
    } while (cursor !== null)
    expect(rows.length).toBeGreaterThan(40)
    expect(found.sort()).toEqual(rows.map(({ id }) => formatId('dec', id)).sort())
  })

  test('is one range for a decision by its id, and for those who watch', async () => {
    const { dependencies: deps } = opened
    const { rows } = await deps.pool.query<{ id: string }>(
      `(SELECT id FROM decision ORDER BY at DESC OFFSET 5000 LIMIT 1) UNION ALL (SELECT id FROM denial ORDER BY at DESC OFFSET 5000 LIMIT 1)`,
    )
    for (const { id } of rows) {
      const answer = await getDecision(deps, formatId('dec', id))
      expect(answer.outcome).toBe('done')
      await expectBounded('one decision', () => getDecision(deps, formatId('dec', id)), 6_000)
    }
    await expectBounded('the live feed', () => readRecentDecisions(deps.prisma, new Date()))
  })
})

describe('what figures read', () => {
  test('is their counts, and the rows of the last seconds', async () => {
    const { dependencies: deps } = opened
    const { rows } = await deps.pool.query<{ id: string }>('SELECT id FROM machine ORDER BY enrolled_at DESC LIMIT 50')
    const ids = rows.map(({ id }) => formatId('mach', id))
    await expectBounded('the activity of a page of machines', () => listMachineActivity(deps, ids))
    await expectBounded('when gateways last asked', () => listGatewayActivity(deps, filled.busyServiceSlug), 4_000)
    const plans = await readPlans(postgres.url, () => getOverview(deps))
    for (const { text, rowsRead, scanned } of plans) {
      // Machines are counted by their state: one row each, which is no more than there are.
      if (/FROM "machine" GROUP/.test(text)) expect(rowsRead).toBeLessThanOrEqual(machines)
      else expect(rowsRead, text).toBeLessThan(4_000)
      expect(scanned.get('decision') ?? 0, text).toBeLessThan(2)
    }
  })

  test('is the same as a look at every row', async () => {
    const { pool } = opened.dependencies
    const { rows } = await pool.query(
      `SELECT r.outcome, r.code, sum(r.count)::int - (SELECT sum(s.count)::int FROM service_minute s
                WHERE s.outcome = r.outcome AND s.code = coalesce(r.code, '')) AS missing
         FROM decision_record r GROUP BY r.outcome, r.code`,
    )
    expect(rows.length).toBeGreaterThan(3)
    for (const row of rows) expect(row).toMatchObject({ missing: 0 })
  })
})

describe('what other lists read', () => {
  test.each<[string, string, number?]>([
    ['the first page', ''],
    ['the oldest', 'sort=enrolledAt'],
    ['by name', 'sort=name'],
    ['by name, from the end', 'sort=-name'],
    ['active', 'state=active'],
    ['quarantined', 'state=quarantined'],
    ['revoked, by name', 'state=revoked&sort=name', 8_000],
    ['by the beginning of its name', 'namePrefix=machine-00123'],
    ['by a beginning that many have', 'namePrefix=machine-0', 2_500],
    ['by the beginning of its name, by name', 'namePrefix=machine-0&sort=name'],
    ['by its name', 'name=machine-0012345'],
    ['a label that most have', 'label=env%3Dproduction'],
    ['a label of one machine', 'label=host%3Dhost-4711'],
    ['two labels', 'label=env%3Dproduction&label=team%3Dteam-7', 12_000],
    ['active with a label', 'state=active&label=team%3Dteam-7', 12_000],
    ['by the beginning of its name, with a label', 'namePrefix=machine-0012&label=env%3Dtest', 2_500],
  ])('is bounded for machines: %s', async (what, query, mostRows = 1_500) => {
    let cursor: string | null = null
    for (const page of ['first', 'second']) {
      const text = withCursor(query, cursor)
      await expectBounded(
        `machines, ${what}, ${page} page`,
        async () => {
          const answer = await listMachines(opened.dependencies, queryOf('listMachines', text))
          if (answer.outcome === 'refused') throw new Error(answer.detail)
          expect(answer.value.items.length).toBeGreaterThan(0)
          cursor = answer.value.nextCursor
        },
        mostRows,
      )
      if (cursor === null) break
    }
  })

  test('is bounded for one machine', async () => {
    await expectBounded('a machine', () => getMachine(opened.dependencies, formatId('mach', filled.machineId)))
  })

  test.each([
    ['', ''],
    ['of an action', 'action=machine.revoke'],
    ['of a kind of actor', 'actorType=operator'],
    ['by somebody', `actor=op_${'7'.padStart(26, '0')}`],
    ['about something', `target=mach_${'7'.padStart(26, '0')}`],
    ['of a time', `since=${hourAgo()}`],
    ['of an action by somebody', `action=machine.revoke&actor=op_${'7'.padStart(26, '0')}`],
  ])('is bounded for the audit log %s', async (what, query) => {
    await expectBounded(`the audit log ${what}`, async () => {
      const answer = await listAuditEvents(opened.dependencies, queryOf('listAuditEvents', query))
      if (answer.outcome === 'refused') throw new Error(answer.detail)
    })
  })
})
