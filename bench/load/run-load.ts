import type { RequestSource } from './create-request-source'
import { openConnection, type LoadConnection } from './connection'
import type { AnswerExpectation, PrepareMessage, ProcessorUse, RunMessage, RunResult } from './load-messages'
import { readMachineSeconds, readProcessSeconds } from './processor-time'
import type { ReadResponse } from './read-response'
import { summarizeLatencies } from './summarize-latencies'

/** What is prepared beyond what the warm-up's rate, in which signing takes its share, lets expect. */
const headroom = 1.7
const mostPrepared = 400_000
const answerWithinMs = 15_000

/** What came back while one phase ran. */
interface Phase {
  readonly endsMs: number
  readonly latenciesMs: number[]
  allowed: number
  /** Answers of any status that came before the end. */
  inTime: number
}

/**
 * One point: so many connections, each with one request under way at most, warmed up, then measured for a fixed time.
 * Without a pace the loop is closed: a slow server is asked less often, so p99 is what these callers saw, not what a fixed
 * rate would see.
 */
export async function runLoad(prepared: PrepareMessage, source: RequestSource, run: RunMessage): Promise<RunResult> {
  const errors = new Map<string, number>()
  const countError = (what: string) => void errors.set(what, (errors.get(what) ?? 0) + 1)
  const load = await openLoad(prepared, run.connections, source, countError)
  // What an earlier run left over may have grown old.
  source.prepare(0)
  const warmUp = await load.phase(run.warmUpSeconds, run.pace)
  const perSecond = run.pace ?? (warmUp.inTime / run.warmUpSeconds) * headroom
  const expected = perSecond * run.seconds
  source.prepare(Math.min(mostPrepared, Math.ceil(expected) + run.connections))
  const before = readProcessor(prepared.serverPid)
  const fromMicros = Number(process.hrtime.bigint() / 1000n)
  const measured = await load.phase(run.seconds, run.pace)
  const processor = usedBetween(before, readProcessor(prepared.serverPid))
  load.close()
  return {
    perSecond: measured.inTime / run.seconds,
    ...summarizeLatencies(measured.latenciesMs),
    allowed: warmUp.allowed + measured.allowed,
    errors: Object.fromEntries(errors),
    signedLate: source.signedLate(),
    processor,
    window: { fromMicros, toMicros: fromMicros + run.seconds * 1e6 },
  }
}

interface Load {
  /** Sends for so many seconds, at this pace where there is one, and waits for what is under way then. */
  phase(seconds: number, pace?: number): Promise<Phase>
  close(): void
}

interface Lane {
  readonly connection: LoadConnection
  /** `dueMs` is when the request should have gone out: now, unless there is a pace. */
  readonly send: (dueMs: number) => void
}

async function openLoad(
  { address, expect }: PrepareMessage,
  count: number,
  source: RequestSource,
  countError: (what: string) => void,
): Promise<Load> {
  let phase: Phase = { endsMs: 0, latenciesMs: [], allowed: 0, inTime: 0 }
  let underWay = 0
  let hasLooked = false
  let onIdle: () => void = () => undefined
  let pacer: Pacer | undefined
  const lanes: Lane[] = []
  for (let i = 0; i < count; i++) {
    let dueMs = 0
    const receive = (response: ReadResponse | undefined) => {
      const nowMs = performance.now()
      underWay--
      hasLooked ||= look(response, expect, countError)
      if (response?.status === 200) phase.allowed++
      else countError(describeFailure(response))
      if (nowMs <= phase.endsMs && response) {
        phase.inTime++
        phase.latenciesMs.push(nowMs - dueMs)
        return pacer ? pacer.free(lane) : lane.send(nowMs)
      }
      if (underWay === 0) onIdle()
    }
    const connection = await openConnection(address, receive)
    const lane: Lane = {
      connection,
      send(due) {
        underWay++
        dueMs = due
        connection.send(source.next())
      },
    }
    lanes.push(lane)
  }
  return {
    async phase(seconds, pace) {
      phase = { endsMs: performance.now() + seconds * 1000, latenciesMs: [], allowed: 0, inTime: 0 }
      const idle = new Promise<void>((resolve) => (onIdle = resolve))
      const onLate = () => {
        countError('no answer')
        onIdle()
      }
      const timer = setTimeout(onLate, seconds * 1000 + answerWithinMs)
      pacer = pace === undefined ? undefined : startPacer(pace, phase.endsMs, lanes)
      if (!pacer) for (const lane of lanes) lane.send(performance.now())
      await pacer?.ended
      if (underWay > 0) await idle
      clearTimeout(timer)
      return phase
    },
    close() {
      for (const { connection } of lanes) connection.close()
    },
  }
}

interface Pacer {
  /** A connection that was answered takes what has waited longest. */
  free(lane: Lane): void
  readonly ended: Promise<void>
}

const tickMs = 1

/** Lets requests go at a fixed rate until `endsMs`; those that find no free connection wait, and their time counts. */
function startPacer(pace: number, endsMs: number, lanes: readonly Lane[]): Pacer {
  const startedMs = performance.now()
  const idle = [...lanes]
  let sent = 0
  const sendDue = () => {
    const due = ((performance.now() - startedMs) / 1000) * pace
    while (sent < due && idle.length > 0) idle.pop()?.send(startedMs + (sent++ / pace) * 1000)
  }
  const ended = new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      if (performance.now() < endsMs) return sendDue()
      clearInterval(timer)
      resolve()
    }, tickMs)
  })
  return {
    free(lane) {
      idle.push(lane)
      sendDue()
    },
    ended,
  }
}

function look(
  response: ReadResponse | undefined,
  { contains, lacks }: AnswerExpectation,
  countError: (what: string) => void,
): true {
  const text = response?.text ?? ''
  if (contains !== undefined && !text.includes(contains)) countError(`answer without ${contains}`)
  if (lacks !== undefined && text.includes(lacks)) countError(`answer with ${lacks}`)
  return true
}

function describeFailure(response: ReadResponse | undefined): string {
  if (!response) return 'broken'
  const code = /"code":"([a-z_]+)"/.exec(response.text)?.[1]
  return `${response.status} ${code ?? ''}`.trim()
}

interface ProcessorReading {
  readonly atMs: number
  readonly load: number
  readonly server: number | null
  readonly machine: number | null
}

function readProcessor(serverPid: number): ProcessorReading {
  const { user, system } = process.cpuUsage()
  return {
    atMs: performance.now(),
    load: (user + system) / 1e6,
    server: readProcessSeconds(serverPid),
    machine: readMachineSeconds(),
  }
}

function usedBetween(before: ProcessorReading, after: ProcessorReading): ProcessorUse {
  const seconds = (after.atMs - before.atMs) / 1000
  const share = (from: number | null, to: number | null) =>
    from === null || to === null ? null : (to - from) / seconds
  return {
    load: (after.load - before.load) / seconds,
    server: share(before.server, after.server),
    machine: share(before.machine, after.machine),
  }
}
