import type { Pool, PoolClient } from 'pg'

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
  /** SHA-256 of the signature base, hexadecimal. */
  readonly base: string
  readonly alg: string
  readonly method: string
  readonly authority: string
  readonly path: string
  readonly names: readonly string[]
  /** Keyed hash of the query, hexadecimal. */
  readonly query: string | null
  readonly content: string
  readonly source: string | null
}

/** The state of a row that the statement did not return, read afterwards. */
export interface UndecidedRow {
  readonly earlierId: string | null
  readonly earlierBase: string | null
  readonly earlierGateway: string | null
  readonly earlierAgeMs: number | null
  readonly machineVersion: number | null
  readonly serviceVersion: number | null
  readonly isInWindow: boolean
}

/**
 * The decision statement: returns the ids that are allows, durable by the time this resolves.
 * Throws the driver's error; a batch with an error has recorded nothing.
 */
export async function recordDecisions(client: PoolClient, rows: readonly DecisionRow[]): Promise<Set<string>> {
  const machines = [...new Set(rows.map((row) => row.machine))]
  const services = [...new Set(rows.map((row) => row.service))]
  const result = await client.query<{ decide: string }>('SELECT decide($1::uuid[], $2::uuid[], $3::json)', [
    machines,
    services,
    JSON.stringify(rows),
  ])
  return new Set(result.rows.map((row) => row.decide))
}

/** Why rows did not come back: the earlier use of their key, the versions now, and the window by the database's clock. */
export async function explainDecisions(
  pool: Pool | PoolClient,
  rows: readonly DecisionRow[],
): Promise<Map<string, UndecidedRow>> {
  const { rows: found } = await pool.query<{
    id: string
    earlier_id: string | null
    earlier_base: string | null
    earlier_gateway: string | null
    earlier_age: string | null
    mv: string | null
    sv: string | null
    in_window: boolean
  }>(
    `SELECT r."id", d."id" AS earlier_id, encode(d."base_hash", 'hex') AS earlier_base, d."gateway_id" AS earlier_gateway,
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
    [JSON.stringify(rows)],
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
