import type { PoolClient } from 'pg'
import { readDecisionRowType, recordDecisions, type DecisionRow } from '@/lib/server/verification/decision-store'

/** The decision statement on a connection of the test's own; returns the ids of the rows that it took. */
export async function recordRows(client: PoolClient, rows: readonly DecisionRow[]): Promise<ReadonlySet<string>> {
  const recorded = await recordDecisions(client, rows, await readDecisionRowType(client))
  return recorded === 'all' ? new Set(rows.map((row) => row.id)) : recorded
}
