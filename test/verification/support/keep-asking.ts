import { makeRequest, type AuthzAnswer, type PreparedService, type SentRequest } from '../../setup/prepare-service'
import type { RunningServer } from '../../setup/start-server'
import type { TestMachine } from '../../setup/test-machine'

export interface Asked {
  readonly machine: TestMachine
  readonly request: SentRequest
  /** Milliseconds of `performance.now()`. */
  readonly sentAtMs: number
  /** When the answer had come, or the connection had broken. */
  readonly answeredAtMs: number
  /** Undefined when no answer came: the connection broke. */
  readonly answer: AuthzAnswer | undefined
}

export interface Load {
  readonly asked: readonly Asked[]
  /** Waits until so many answers have come from now on; fails when they do not. */
  moreAnswers(count: number): Promise<void>
  stop(): Promise<readonly Asked[]>
}

type Ask = PreparedService['ask']

/** Without an answer nobody asks again at once: the server may be gone for a while. */
const afterSilenceMs = 50

/** Every machine asks every server without a pause, each with `lanes` requests under way, until it is stopped. */
export function keepAsking(options: {
  readonly servers: readonly RunningServer[]
  readonly machines: readonly TestMachine[]
  readonly authority: string
  readonly ask: Ask
  /** For machines that come another way. */
  readonly askOf?: ReadonlyMap<TestMachine, Ask>
  readonly lanes?: number
  /** Milliseconds between an answer and the next request; by default none. */
  readonly pauseMs?: number
  /** Whether a lane goes on when a connection broke; by default it ends. */
  readonly isPatient?: boolean
}): Load {
  const { servers, machines, authority, lanes = 2, pauseMs = 0, isPatient = false } = options
  const asked: Asked[] = []
  let isStopped = false
  const lane = async (server: number, machine: TestMachine) => {
    const ask = options.askOf?.get(machine) ?? options.ask
    while (!isStopped) {
      const request = makeRequest(machine, { authority, target: `/load?at=${asked.length}` })
      const sentAtMs = performance.now()
      // By its index: a server that was started again takes the place of the old one.
      const answer = await ask(servers[server]!, request).catch(() => undefined)
      asked.push({ machine, request, sentAtMs, answeredAtMs: performance.now(), answer })
      if (!answer && !isPatient) return
      // The loop shares one thread with everybody else's.
      const restMs = answer ? pauseMs : afterSilenceMs
      await (restMs > 0 ? new Promise((resolve) => setTimeout(resolve, restMs)) : nextTurn())
    }
  }
  const all = Promise.all(
    servers.flatMap((_, server) =>
      machines.flatMap((machine) => Array.from({ length: lanes }, () => lane(server, machine))),
    ),
  )
  return {
    asked,
    async moreAnswers(count) {
      const answered = () => asked.reduce((total, { answer }) => total + (answer ? 1 : 0), 0)
      const goal = answered() + count
      const endMs = performance.now() + 30_000
      while (answered() < goal) {
        if (performance.now() > endMs) throw new Error(`Only ${answered()} of ${goal} answers came.`)
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    },
    async stop() {
      isStopped = true
      await all
      return asked
    },
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
