import type { Cleanups } from './cleanups'
import type { RunResult } from './load/load-messages'
import type { BenchOptions } from './options'
import { startLoad, type WatchedRunResult } from './start-load'
import type { RunningSubject, Subject } from './subjects'
import { summarizeProfile, type ProfileSummary } from './summarize-profile'

export interface MeasuredPoint extends WatchedRunResult {
  readonly connections: number
  /** How it was asked: as fast as it answers, or at a fixed pace. */
  readonly how?: string
  /** Of several rounds the most disturbed one; this point is then the least disturbed. */
  readonly worst?: MeasuredPoint
}

export interface MeasuredSubject {
  readonly name: string
  readonly isCountersign: boolean
  readonly overSocket: boolean
  readonly points: readonly MeasuredPoint[]
  /** What went wrong; a run with any is not valid. */
  readonly problems: readonly string[]
  /** Allows answered and allows on record, where there is a record. */
  readonly allows: { readonly answered: number; readonly recorded: number } | undefined
  readonly profiles: readonly ProfileSummary[]
}

/** Before the first point: compiles the code paths and fills the caches, as in a server that runs for a while. */
const pacedConnections = 64
const firstWarmUp = { connections: 64, warmUpSeconds: 1, seconds: 3 }

/** Starts a subject, loads it at each number of connections, and compares its answers with its records. */
export async function measureSubject(
  subject: Subject,
  options: BenchOptions,
  cleanups: Cleanups,
  report: (line: string) => void,
): Promise<MeasuredSubject> {
  report(`${subject.name} …`)
  const running = await subject.start()
  const remove = cleanups.add(() => running.remove())
  try {
    const { warm, points } = await loadSubject(running, options, report)
    const { decisions, profiles = [] } = await running.finish()
    const answered = [warm, ...points].reduce((sum, result) => sum + result.allowed, 0)
    const problems = [warm, ...points].flatMap(({ errors }) =>
      Object.entries(errors).map(([what, count]) => `${count} × ${what}`),
    )
    if (decisions !== undefined && decisions !== answered) {
      problems.push(`${answered} allows were answered and ${decisions} are on record`)
    }
    const windows = points.map(({ window }) => window)
    return {
      name: subject.name,
      isCountersign: subject.isCountersign,
      overSocket: subject.overSocket,
      points,
      problems,
      allows: decisions === undefined ? undefined : { answered, recorded: decisions },
      profiles: await Promise.all(profiles.map((file) => summarizeProfile(subject.name, file, windows))),
    }
  } finally {
    await remove()
  }
}

async function loadSubject(
  { server, address, plan, expect, useConsole }: RunningSubject,
  options: BenchOptions,
  report: (line: string) => void,
): Promise<{ warm: RunResult; points: MeasuredPoint[] }> {
  /** At half of what was reached, alone and with the console in use. */
  const pace = async (): Promise<MeasuredPoint[]> => {
    const half = Math.round(Math.max(...points.map(({ perSecond }) => perSecond)) / 2)
    const run = {
      connections: pacedConnections,
      warmUpSeconds: options.warmUpSeconds,
      seconds: options.seconds,
      pace: half,
    }
    const alone = { ...(await load.run(run)), connections: pacedConnections, how: 'at half of the peak' }
    const leave = await useConsole?.()
    const beside = { ...(await load.run(run)), connections: pacedConnections, how: 'the same, console in use' }
    await leave?.()
    for (const { how, p50Ms, p99Ms, perSecond } of [alone, beside])
      report(`  ${how}: ${Math.round(perSecond)}/s, p50 ${p50Ms.toFixed(2)} ms, p99 ${p99Ms.toFixed(2)} ms`)
    return [alone, beside]
  }
  const points: MeasuredPoint[] = []
  const load = await startLoad({ address, serverPid: server.pid, plan, expect })
  try {
    const warm = await load.run(firstWarmUp)
    for (const connections of options.connections) {
      const { warmUpSeconds, seconds } = options
      const result = await load.run({ connections, warmUpSeconds, seconds })
      points.push({ connections, ...result })
      const { perSecond, p50Ms, p99Ms } = result
      report(
        `  ${connections} connections: ${Math.round(perSecond)}/s, p50 ${p50Ms.toFixed(2)} ms, p99 ${p99Ms.toFixed(2)} ms`,
      )
    }
    if (useConsole && !options.profile) points.push(...(await pace()))
    return { warm, points }
  } finally {
    load.stop()
  }
}
