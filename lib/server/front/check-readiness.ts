import type { Pool } from 'pg'
import { countPartitionDaysAhead } from '../database/maintain-partitions'
import { readDatabaseStatus } from '../database/read-database-status'
import type { Dependencies } from '../dependencies'

export interface Readiness {
  readonly ready: boolean
  /** `replicated` when a synchronous standby is set; `unknown` when the database did not answer. */
  readonly durability: 'single' | 'replicated' | 'unknown'
  readonly problems: readonly string[]
}

const answerWithinMs = 1_000
/** Beyond this, honest credentials fail on one of the two clocks. */
const largestSkewMs = 5_000
const fewestPartitionDays = 2

/** Whether this node can decide: database, clock, partitions (protocol.md, section 5). Answers within a second. */
export async function checkReadiness({ pool, now }: Pick<Dependencies, 'pool' | 'now'>): Promise<Readiness> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<Readiness>((resolve) => {
    timer = setTimeout(() => resolve(notReady('The database does not answer.')), answerWithinMs)
  })
  try {
    return await Promise.race([askDatabase(pool, now), late])
  } catch {
    return notReady('The database cannot be reached.')
  } finally {
    clearTimeout(timer)
  }
}

async function askDatabase(pool: Pool, now: () => Date): Promise<Readiness> {
  const status = await readDatabaseStatus(pool)
  const problems: string[] = []
  const skewMs = Math.round(now().getTime() - status.atMs)
  if (Math.abs(skewMs) > largestSkewMs)
    problems.push(`The clocks of this node and the database differ by ${skewMs} ms.`)
  if (status.isStandby) problems.push('The database is a standby.')
  const days = await countPartitionDaysAhead(pool)
  if (days < fewestPartitionDays) problems.push(`Partitions are ready for ${days} days only.`)
  return { ready: problems.length === 0, durability: status.hasSynchronousStandby ? 'replicated' : 'single', problems }
}

function notReady(problem: string): Readiness {
  return { ready: false, durability: 'unknown', problems: [problem] }
}
