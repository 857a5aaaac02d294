import type { Prisma } from '../database/generated/client'
import { lockForTransaction } from '../keys/deployment-store'

type Database = Prisma.TransactionClient

const pageRows = 20_000

/** A decision under way at the start of the search is on record by then, or its connection was destroyed long ago. */
const searchMarginSeconds = 120

export interface UsedSequence {
  readonly seq: number
  readonly address: string | null
  readonly at: Date
}

/**
 * The search for a use above a number, in two parts. This one reads all uses of the generation outside any transaction, in
 * bounded pages of the primary key: `use_key` is text, so the highest number is not its last entry, and a busy
 * generation has millions.
 *
 * @param generationDay `YYYY-MM-DD`
 * @returns the use found, if any, and from when on `findRecentUseAbove` has to look
 */
export async function findUseAbove(
  database: Database,
  place: { readonly machineId: string; readonly generation: number; readonly generationDay: string },
  lastSeq: number,
): Promise<{ readonly found: UsedSequence | null; readonly searchedFrom: Date }> {
  const { machineId, generation, generationDay } = place
  const start = await database.$queryRaw<{ at: Date }[]>`
    SELECT clock_timestamp() - make_interval(secs => ${searchMarginSeconds}::double precision) AS "at"`
  const searchedFrom = start[0]?.at ?? new Date(0)
  for (let after = 's'; ;) {
    const pages = await database.$queryRaw<{ highest: bigint | null; last: string | null; rows: bigint }[]>`
      SELECT max(substr(p."use_key", 2)::bigint) AS "highest", max(p."use_key") AS "last", count(*) AS "rows"
        FROM (SELECT "use_key" FROM "decision"
               WHERE "generation_day" = ${generationDay}::date AND "machine_id" = ${machineId}::uuid
                 AND "generation" = ${generation} AND "use_key" > ${after} AND "use_key" < 't'
               ORDER BY "use_key" LIMIT ${pageRows}) AS p`
    const { highest = null, last = null, rows = 0n } = pages[0] ?? {}
    if (highest !== null && highest > BigInt(lastSeq)) {
      return { found: await getUse(database, place, Number(highest)), searchedFrom }
    }
    if (last === null || rows < BigInt(pageRows)) return { found: null, searchedFrom }
    after = last
  }
}

/**
 * The second part, under the machine's lock: the few uses recorded since the first one began.
 *
 * @param searchedFrom null when there was no first part: all uses of the generation
 */
export async function findRecentUseAbove(
  tx: Prisma.TransactionClient,
  place: { readonly machineId: string; readonly generation: number; readonly generationDay: string },
  lastSeq: number,
  searchedFrom: Date | null,
): Promise<UsedSequence | null> {
  const { machineId, generation, generationDay } = place
  const rows = await tx.$queryRaw<{ highest: bigint | null }[]>`
    SELECT max(substr("use_key", 2)::bigint) AS "highest" FROM "decision"
     WHERE "generation_day" = ${generationDay}::date AND "machine_id" = ${machineId}::uuid
       AND "generation" = ${generation} AND "use_key" >= 's' AND "use_key" < 't' AND "at" >= ${searchedFrom ?? new Date(0)}`
  const highest = rows[0]?.highest ?? null
  return highest !== null && highest > BigInt(lastSeq) ? getUse(tx, place, Number(highest)) : null
}

async function getUse(
  database: Database,
  place: { readonly machineId: string; readonly generation: number; readonly generationDay: string },
  seq: number,
): Promise<UsedSequence> {
  const row = await database.decision.findUnique({
    where: {
      generationDay_machineId_generation_useKey: {
        generationDay: new Date(`${place.generationDay}T00:00:00Z`),
        machineId: place.machineId,
        generation: place.generation,
        useKey: `s${seq}`,
      },
    },
    select: { sourceAddress: true, at: true },
  })
  if (!row) throw new Error('A decision that was just read is gone.')
  return { seq, address: row.sourceAddress, at: row.at }
}

/** The machine's latest use on record, for people who compare two sides. */
export async function findLastUse(
  database: Database,
  machineId: string,
): Promise<{ address: string | null; at: Date } | null> {
  const row = await database.decision.findFirst({
    where: { machineId },
    orderBy: [{ at: 'desc' }, { id: 'desc' }],
    select: { sourceAddress: true, at: true },
  })
  return row && { address: row.sourceAddress, at: row.at }
}

/** Locks a machine's row. */
export async function lockMachineState(
  tx: Prisma.TransactionClient,
  machineId: string,
): Promise<{ readonly name: string; readonly state: string } | null> {
  const rows = await tx.$queryRaw<{ name: string; state: string }[]>`
    SELECT "name", "state" FROM "machine" WHERE "id" = ${machineId}::uuid FOR UPDATE`
  return rows[0] ?? null
}

/**
 * How many machines were quarantined within the last minute, and how long ago a storm was reported, if within it.
 * Forks are counted one after the other: the lock lasts to the end of the transaction.
 */
export async function countForks(
  tx: Prisma.TransactionClient,
  now: Date,
): Promise<{ readonly quarantined: number; readonly secondsSinceStorm: number | null }> {
  await lockForTransaction(tx, 'countersign/forks')
  const rows = await tx.$queryRaw<{ quarantined: bigint; age: number | null }[]>`
    SELECT count(DISTINCT "target_id") FILTER (WHERE "action" = 'machine.quarantine') AS "quarantined",
           extract(epoch FROM ${now}::timestamptz - max("at") FILTER (WHERE "action" = 'machine.fork_storm'))::double precision AS "age"
      FROM "audit_event" WHERE "at" > ${now}::timestamptz - interval '1 minute'`
  const row = rows[0]
  return { quarantined: Number(row?.quarantined ?? 0), secondsSinceStorm: row?.age ?? null }
}

/** Whether at least `count` machines are active; never counts further, since there may be a million. */
export async function hasActiveMachines(tx: Prisma.TransactionClient, count: number): Promise<boolean> {
  const rows = await tx.$queryRaw<{ found: bigint }[]>`
    SELECT count(*) AS "found" FROM (SELECT 1 FROM "machine" WHERE "state" = 'active' LIMIT ${count}) AS m`
  return Number(rows[0]?.found ?? 0) >= count
}

export async function setQuarantined(
  tx: Prisma.TransactionClient,
  machineId: string,
  reason: string,
  now: Date,
): Promise<void> {
  await tx.machine.update({
    where: { id: machineId },
    data: { state: 'quarantined', stateReason: reason, stateChangedAt: now, version: { increment: 1 } },
  })
}
