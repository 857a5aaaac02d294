import type { PoolClient } from 'pg'
import { readDecisionRowType, recordDecisions, type DecisionRow } from '@/lib/server/verification/decision-store'

/** The decision statement on a connection of the test's own. */
export async function recordRows(client: PoolClient, rows: readonly DecisionRow[]): Promise<ReadonlySet<string>> {
  return recordDecisions(client, rows, await readDecisionRowType(client))
}
