import { fork } from 'node:child_process'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { LoadCommand, LoadReply, PrepareMessage, RunMessage, RunResult } from './load/load-messages'

export interface WatchedRunResult extends RunResult {
  /** The longest that this process, which had nothing to do, was not run meanwhile: pauses of the machine itself. */
  readonly heldUpMs: number
}

export interface LoadGenerator {
  run(message: Omit<RunMessage, 'kind'>): Promise<WatchedRunResult>
  stop(): void
}

/** Starts the load generator as a process of its own, with everything made that it needs for its requests. */
export async function startLoad(prepare: Omit<PrepareMessage, 'kind'>): Promise<LoadGenerator> {
  const child = fork(`${import.meta.dirname}/load.mjs`, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const ask = (command: LoadCommand) =>
    new Promise<LoadReply>((resolve, reject) => {
      const onExit = () => reject(new Error('The load generator ended.'))
      child.once('exit', onExit)
      child.once('message', (reply) => {
        child.off('exit', onExit)
        // Our own process speaks our own messages.
        resolve(reply as LoadReply)
      })
      child.send(command)
    })
  const stop = () => void child.kill()
  const reply = await ask({ kind: 'prepare', ...prepare })
  if (reply.kind === 'failed') {
    stop()
    throw new Error(`The load generator could not prepare: ${reply.reason}`)
  }
  return {
    async run(message) {
      const pauses = monitorEventLoopDelay({ resolution: 1 })
      pauses.enable()
      const answer = await ask({ kind: 'run', ...message })
      pauses.disable()
      if (answer.kind === 'result') return { ...answer.result, heldUpMs: pauses.max / 1e6 }
      throw new Error(answer.kind === 'failed' ? answer.reason : 'The load generator answered something else.')
    },
    stop,
  }
}
