import { setImmediate as nextTurn } from 'node:timers/promises'
import type { AuthzAnswer, PreparedService, SentRequest } from '../../setup/prepare-service'
import { makeRequest } from '../../setup/prepare-service'
import type { RunningServer } from '../../setup/start-server'
import type { TestMachine } from '../../setup/test-machine'

export interface Asked {
  readonly machine: TestMachine
  readonly request: SentRequest
  /** Milliseconds of `performance.now()`. */
  readonly sentAtMs: number
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

/** Every machine asks every server without a pause, each with `lanes` requests under way, until it is stopped. */
export function keepAsking(options: {
  readonly servers: readonly RunningServer[]
  readonly machines: readonly TestMachine[]
  readonly authority: string
  readonly ask: Ask
  /** For machines that come another way. */
  readonly askOf?: ReadonlyMap<TestMachine, Ask>
  readonly lanes?: number
}): Load {
  const { servers, machines, authority, lanes = 2 } = options
  const asked: Asked[] = []
  let isStopped = false
  const lane = async (server: RunningServer, machine: TestMachine) => {
    const ask = options.askOf?.get(machine) ?? options.ask
    while (!isStopped) {
      const request = makeRequest(machine, { authority, target: `/load?at=${asked.length}` })
      const sentAtMs = performance.now()
      const answer = await ask(server, request).catch(() => undefined)
      asked.push({ machine, request, sentAtMs, answer })
      if (!answer) return
      // The loop shares one thread with everybody else's.
      await nextTurn()
    }
  }
  const all = Promise.all(
    servers.flatMap((server) =>
      machines.flatMap((machine) => Array.from({ length: lanes }, () => lane(server, machine))),
    ),
  )
  return {
    asked,
    async moreAnswers(count) {
      const goal = asked.length + count
      const endMs = performance.now() + 30_000
      while (asked.length < goal) {
        if (performance.now() > endMs) throw new Error(`Only ${asked.length} of ${goal} answers came.`)
        await nextTurn()
      }
    },
    async stop() {
      isStopped = true
      await all
      return asked
    },
  }
}
