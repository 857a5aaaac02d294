import type { Pool, PoolClient } from 'pg'
import { encodeDecisionRows } from './encode-decision-rows'

/** What the decision statement needs of one request; every value is bounded and typed before it gets here. */
export interface DecisionRow {
  readonly day: string
  readonly machine: string
  /** Version of the machine's row that the node decided on. */
  readonly mv: number
  readonly gen: number
  readonly use: string
  readonly id: string
  readonly service: string
  readonly sv: number
  readonly gateway: string | null
  readonly created: number
  readonly expires: number
  /** SHA-256 of the signature base. */
  readonly base: Buffer
  readonly alg: string
  readonly method: string
  readonly authority: string
  readonly path: string
  readonly names: readonly string[]
  /** Keyed hash of the query, 32 bytes. */
  readonly query: Buffer | null
  readonly content: string
  readonly source: string | null
}

/** The state of a row that the statement did not return, read afterwards. */
export interface UndecidedRow {
  readonly earlierId: string | null
  readonly earlierBase: Buffer | null
  readonly earlierGateway: string | null
  readonly earlierAgeMs: number | null
  readonly machineVersion: number | null
  readonly serviceVersion: number | null
  readonly isInWindow: boolean
}

/** The OID that `decision_row` has in this connection's database. */
export async function readDecisionRowType(client: PoolClient): Promise<number> {
  const { rows } = await client.query<{ oid: number }>(`SELECT 'decision_row'::regtype::oid AS "oid"`)
  if (rows[0] === undefined) throw new Error('The database has no type for decisions.')
  return rows[0].oid
}

/**
 * The decision statement: returns the ids that are allows, or `all`; durable by the time this resolves.
 * Throws the driver's error; a batch with an error has recorded nothing. Input: the OID from `readDecisionRowType`.
 */
export async function recordDecisions(
  client: PoolClient,
  rows: readonly DecisionRow[],
  rowType: number,
): Promise<ReadonlySet<string> | 'all'> {
  const machines = new Set<string>()
  const services = new Set<string>()
  for (const row of rows) {
    machines.add(row.machine)
    services.add(row.service)
  }
  const result = await client.query<{ recorded: number; ids: string[] | null }>(
    'SELECT "recorded", "ids" FROM decide($1::uuid[], $2::uuid[], $3::decision_row[])',
    [[...machines], [...services], encodeDecisionRows(rows, rowType)],
  )
  const { recorded, ids } = result.rows[0] ?? { recorded: 0, ids: null }
  // Only a count of the whole batch says that every row was taken.
  return recorded === rows.length ? 'all' : new Set(ids)
}

/** Why rows did not come back: the earlier use of their key, the versions now, and the window by the database's clock. */
export async function explainDecisions(
  pool: Pool | PoolClient,
  rows: readonly DecisionRow[],
): Promise<Map<string, UndecidedRow>> {
  const { rows: found } = await pool.query<{
    id: string
    earlier_id: string | null
    earlier_base: Buffer | null
    earlier_gateway: string | null
    earlier_age: string | null
    mv: string | null
    sv: string | null
    in_window: boolean
  }>(
    `SELECT r."id", d."id" AS earlier_id, d."base_hash" AS earlier_base, d."gateway_id" AS earlier_gateway,
            extract(epoch FROM clock_timestamp() - d."at") * 1000 AS earlier_age,
            m."version" AS mv, s."version" AS sv,
            (r."created" >= extract(epoch FROM y."credentials_from") AND r."created" <= extract(epoch FROM clock_timestamp()) + 30
             AND r."expires" >= extract(epoch FROM clock_timestamp()) - 30) AS in_window
       FROM json_to_recordset($1::json) AS r("day" date, "machine" uuid, "gen" integer, "use" text, "id" uuid, "service" uuid,
                                             "created" bigint, "expires" bigint)
       CROSS JOIN "deployment" y
       LEFT JOIN "decision" d ON d."generation_day" = r."day" AND d."machine_id" = r."machine"
                             AND d."generation" = r."gen" AND d."use_key" = r."use"
       LEFT JOIN "machine" m ON m."id" = r."machine"
       LEFT JOIN "service" s ON s."id" = r."service" AND s."state" = 'active'`,
    [JSON.stringify(rows.map(toKey))],
  )
  return new Map(
    found.map((row) => [
      row.id,
      {
        earlierId: row.earlier_id,
        earlierBase: row.earlier_base,
        earlierGateway: row.earlier_gateway,
        earlierAgeMs: row.earlier_age === null ? null : Number(row.earlier_age),
        machineVersion: row.mv === null ? null : Number(row.mv),
        serviceVersion: row.sv === null ? null : Number(row.sv),
        isInWindow: row.in_window,
      },
    ]),
  )
}

function toKey({ day, machine, gen, use, id, service, created, expires }: DecisionRow): object {
  return { day, machine, gen, use, id, service, created, expires }
}
