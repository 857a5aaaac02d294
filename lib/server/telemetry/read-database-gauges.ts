import type { Pool } from 'pg'
import { countPartitionDaysAhead } from '../database/maintain-partitions'
import { readDatabaseStatus } from '../database/read-database-status'

export interface DatabaseGauges {
  /** This node's clock less the database's, in seconds. */
  readonly clockDifferenceSeconds: number
  readonly partitionDaysAhead: number
  readonly isReplicated: boolean
}

const answerWithinMs = 1_000
/** However often somebody scrapes: the embedded database has one connection, and decisions need it. */
const keepForMs = 5_000

/** What a scrape wants to know of the database: asked at most every five seconds, null when it gives no answer in one. */
export function createDatabaseGauges(options: {
  readonly pool: Pool
  readonly now: () => Date
}): () => Promise<DatabaseGauges | null> {
  let kept: { readonly atMs: number; readonly reading: Promise<DatabaseGauges | null> } | undefined
  return () => {
    if (!kept || performance.now() - kept.atMs > keepForMs) {
      kept = { atMs: performance.now(), reading: readInTime(options.pool, options.now) }
    }
    return kept.reading
  }
}

async function readInTime(pool: Pool, now: () => Date): Promise<DatabaseGauges | null> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), answerWithinMs)
  })
  try {
    return await Promise.race([read(pool, now), late])
  } catch {
    return null
  } finally {
    clearTimeout(timer)
  }
}

async function read(pool: Pool, now: () => Date): Promise<DatabaseGauges> {
  const status = await readDatabaseStatus(pool)
  const clockDifferenceSeconds = (now().getTime() - status.atMs) / 1000
  const partitionDaysAhead = await countPartitionDaysAhead(pool)
  return { clockDifferenceSeconds, partitionDaysAhead, isReplicated: status.hasSynchronousStandby }
}
