import { randomBytes } from 'node:crypto'
import type { Pool } from 'pg'
import { newUuid } from '@/lib/server/new-uuid'
import type { DecisionRow } from '@/lib/server/verification/decision-store'

export interface SeededMachine {
  readonly id: string
  readonly version: number
  readonly generation: number
  readonly day: string
}

/** A machine's row with what the decision statement looks at; intervals are PostgreSQL's. */
export async function seedMachine(
  pool: Pool,
  options: { state?: string; generation?: number; startedAgo?: string; expiresIn?: string; version?: number } = {},
): Promise<SeededMachine> {
  const { state = 'active', generation = 1, startedAgo = '1 hour', expiresIn = '1 day', version = 3 } = options
  const id = newUuid()
  const { rows } = await pool.query<{ day: string }>(
    `INSERT INTO machine (id, name, state, version, generation, generation_started_at, request_algorithm, lifetime_seconds, expires_at)
     VALUES ($1, 'seeded', $2, $3, $4, now() - $5::interval, 'hmac-sha256', 86400, now() + $6::interval)
     RETURNING (now() AT TIME ZONE 'UTC')::date::text AS day`,
    [id, state, version, generation, startedAgo, expiresIn],
  )
  return { id, version, generation, day: rows[0]!.day }
}

export async function seedService(pool: Pool, state = 'active'): Promise<{ id: string; version: number }> {
  const id = newUuid()
  const slug = `s-${randomBytes(6).toString('hex')}`
  await pool.query(`INSERT INTO service (id, slug, name, version, state) VALUES ($1, $2, $2, 5, $3)`, [id, slug, state])
  return { id, version: 5 }
}

let uses = 0

/** A row as the node hands it to the statement: one that is allowed unless `change` breaks it. */
export function decisionRow(
  machine: SeededMachine,
  service: { id: string; version: number },
  change: Partial<DecisionRow> = {},
): DecisionRow {
  const created = Math.floor(Date.now() / 1000)
  return {
    day: machine.day,
    machine: machine.id,
    mv: machine.version,
    gen: machine.generation,
    use: `s${++uses}`,
    id: newUuid(),
    service: service.id,
    sv: service.version,
    gateway: null,
    created,
    expires: created + 60,
    base: randomBytes(32),
    alg: 'hmac-sha256',
    method: 'GET',
    authority: 'orders.example',
    path: '/v1/orders',
    names: ['status'],
    query: null,
    content: 'none',
    source: '192.0.2.1',
    ...change,
  }
}
