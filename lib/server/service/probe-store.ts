import type { Reader, Transaction } from '../audit/transaction'

export interface ProbeRecordRow {
  readonly id: string
  readonly outcome: string
  readonly code: string
  readonly serviceId: string | null
  readonly gatewayId: string | null
  readonly gatewayName: string | null
}

/** What was recorded about a path since an instant. Two records are two questions; the first tells what was found first. */
export async function findProbeRecord(db: Reader, path: string, since: Date): Promise<ProbeRecordRow | null> {
  const rows = await db.$queryRaw<ProbeRecordRow[]>`
    SELECT d."id", d."outcome", d."code", d."service_id" AS "serviceId", d."gateway_id" AS "gatewayId",
           g."name" AS "gatewayName"
      FROM "denial" d LEFT JOIN "gateway" g ON g."id" = d."gateway_id"
     WHERE d."at" >= ${since.toISOString()}::timestamptz AND d."path" = ${path}
     ORDER BY d."at" LIMIT 1`
  return rows[0] ?? null
}

/** Of any number: it only has to be the same on every node, and nobody else's. */
const probeLock = 7_226_031

/** How many probes were begun since an instant. Others wait with theirs until the transaction ends. */
export async function countProbes(tx: Transaction, since: Date): Promise<number> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(${probeLock}::bigint)`
  return tx.auditEvent.count({ where: { action: 'service.probe', at: { gte: since } } })
}
