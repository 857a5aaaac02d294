import type { Cleanups } from './cleanups'
import { listProcesses } from './load/list-processes'
import { readOrNull } from './load/read-or-null'
import { startLoad } from './start-load'
import type { Subject } from './subjects'

const connections = 64
const roundSeconds = 20

export interface SoakPoint {
  readonly decisions: number
  readonly residentMb: number
  readonly perSecond: number
}

export interface MeasuredSoak {
  readonly name: string
  readonly points: readonly SoakPoint[]
  readonly problems: readonly string[]
}

/** Loads a subject until it has decided so often, and reads the server's resident memory (VmRSS) after each round. */
export async function measureSoak(
  subject: Subject,
  decisions: number,
  cleanups: Cleanups,
  report: (line: string) => void,
): Promise<MeasuredSoak> {
  const running = await subject.start()
  const remove = cleanups.add(() => running.remove())
  const { server, address, plan, expect } = running
  const points: SoakPoint[] = []
  const problems: string[] = []
  try {
    const load = await startLoad({ address, serverPid: server.pid, plan, expect })
    for (let decided = 0; decided < decisions && !cleanups.isEnding;) {
      const { allowed, perSecond, errors } = await load.run({ connections, warmUpSeconds: 1, seconds: roundSeconds })
      decided += allowed
      for (const [what, count] of Object.entries(errors)) problems.push(`${count} × ${what}`)
      const point = { decisions: decided, residentMb: readResidentMb(server.pid), perSecond }
      points.push(point)
      report(`  ${decided} decisions: ${point.residentMb.toFixed(0)} MB resident, ${Math.round(perSecond)}/s`)
    }
    load.stop()
    const { decisions: recorded } = await running.finish()
    const answered = points.at(-1)?.decisions ?? 0
    if (recorded !== answered) problems.push(`${answered} allows were answered and ${recorded} are on record`)
  } finally {
    await remove()
  }
  return { name: subject.name, points, problems }
}

/** Of all processes of the server together: what they share is counted for each. */
function readResidentMb(pid: number): number {
  return listProcesses(pid).reduce((sum, each) => {
    const status = readOrNull(`/proc/${each}/status`) ?? ''
    return sum + Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN) / 1024
  }, 0)
}
