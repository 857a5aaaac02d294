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
 * One point: so many connections, each with one request under way, warmed up, then measured for a fixed time. Closed
 * loop: a slow server is asked less often, so p99 is what these callers saw, not what a fixed rate would see.
 */
export async function runLoad(prepared: PrepareMessage, source: RequestSource, run: RunMessage): Promise<RunResult> {
  const errors = new Map<string, number>()
  const countError = (what: string) => void errors.set(what, (errors.get(what) ?? 0) + 1)
  const load = await openLoad(prepared, run.connections, source, countError)
  // What an earlier run left over may have grown old.
  source.prepare(0)
  const warmUp = await load.phase(run.warmUpSeconds)
  const expected = (warmUp.inTime / run.warmUpSeconds) * run.seconds * headroom
  source.prepare(Math.min(mostPrepared, Math.ceil(expected) + run.connections))
  const before = readProcessor(prepared.serverPid)
  const fromMicros = Number(process.hrtime.bigint() / 1000n)
  const measured = await load.phase(run.seconds)
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
  /** Sends for so many seconds and waits for what is under way then. */
  phase(seconds: number): Promise<Phase>
  close(): void
}

async function openLoad(
  { port, expect }: PrepareMessage,
  count: number,
  source: RequestSource,
  countError: (what: string) => void,
): Promise<Load> {
  let phase: Phase = { endsMs: 0, latenciesMs: [], allowed: 0, inTime: 0 }
  let underWay = 0
  let hasLooked = false
  let onIdle: () => void = () => undefined
  const lanes: { readonly connection: LoadConnection; readonly send: () => void }[] = []
  for (let i = 0; i < count; i++) {
    let sentMs = 0
    const receive = (response: ReadResponse | undefined) => {
      const nowMs = performance.now()
      underWay--
      hasLooked ||= look(response, expect, countError)
      if (response?.status === 200) phase.allowed++
      else countError(describeFailure(response))
      if (nowMs <= phase.endsMs && response) {
        phase.inTime++
        phase.latenciesMs.push(nowMs - sentMs)
        return send()
      }
      if (underWay === 0) onIdle()
    }
    const connection = await openConnection(port, receive)
    const send = () => {
      underWay++
      const request = source.next()
      sentMs = performance.now()
      connection.send(request)
    }
    lanes.push({ connection, send })
  }
  return {
    async phase(seconds) {
      phase = { endsMs: performance.now() + seconds * 1000, latenciesMs: [], allowed: 0, inTime: 0 }
      const idle = new Promise<void>((resolve) => (onIdle = resolve))
      const onLate = () => {
        countError('no answer')
        onIdle()
      }
      const timer = setTimeout(onLate, seconds * 1000 + answerWithinMs)
      for (const lane of lanes) lane.send()
      await idle
      clearTimeout(timer)
      return phase
    },
    close() {
      for (const { connection } of lanes) connection.close()
    },
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
