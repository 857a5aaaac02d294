import type { Pool } from 'pg'

/** One row of `denial`, with the names that the statement's JSON uses. */
export interface DenialRow {
  readonly id: string
  readonly at: string
  last: string
  count: number
  readonly outcome: 'denied' | 'observed'
  readonly code: string
  readonly detail: string | null
  readonly service: string | null
  readonly sname: string | null
  readonly gateway: string | null
  readonly machine: string | null
  readonly gen: number | null
  readonly use: string | null
  readonly conflict: string | null
  readonly method: string
  readonly authority: string | null
  readonly reported: string | null
  readonly path: string
  readonly names: readonly string[]
  readonly query: string | null
  readonly source: string | null
}

/** Writes denials into the partition of the database's own day, whatever this node's clock says. A repeated row stays as it is. */
export async function writeDenials(pool: Pool, rows: readonly DenialRow[]): Promise<void> {
  await pool.query(
    `INSERT INTO "denial" ("day", "id", "at", "outcome", "code", "detail", "count", "last_at", "service_id", "service_name",
                           "gateway_id", "machine_id", "generation", "use_key", "conflicting_decision_id", "method",
                           "authority", "reported_authority", "path", "query_names", "query_hash", "source_address")
     SELECT (clock_timestamp() AT TIME ZONE 'UTC')::date, r."id", r."at", r."outcome", r."code", r."detail", r."count", r."last", r."service",
            r."sname", r."gateway", r."machine", r."gen", r."use", r."conflict", r."method", r."authority", r."reported",
            r."path", r."names", decode(r."query", 'hex'), r."source"
       FROM json_to_recordset($1::json) AS r(
              "id" uuid, "at" timestamptz, "last" timestamptz, "count" integer, "outcome" text, "code" text, "detail" text,
              "service" uuid, "sname" text, "gateway" uuid, "machine" uuid, "gen" integer, "use" text, "conflict" uuid,
              "method" text, "authority" text, "reported" text, "path" text, "names" text[], "query" text, "source" text)
     ON CONFLICT DO NOTHING`,
    [JSON.stringify(rows)],
  )
}
