import { fork } from 'node:child_process'
import path from 'node:path'

export interface TimedCaller {
  /** POSTs to the management API; how long the call took its caller, in milliseconds. Throws unless it was answered 200. */
  post(url: string, token: string, body: object): Promise<number>
  stop(): void
}

/** A caller in a process of its own, one call at a time. */
export function startTimedCaller(): TimedCaller {
  const child = fork(path.join(import.meta.dirname, 'timed-caller.mjs'), { execArgv: [] })
  return {
    async post(url, token, body) {
      const answered = new Promise<{ status: number; tookMs: number }>((resolve) =>
        child.once('message', (answer) => resolve(answer as { status: number; tookMs: number })),
      )
      child.send({ url, token, body })
      const { status, tookMs } = await answered
      if (status !== 200) throw new Error(`The call was answered with ${status}.`)
      return tookMs
    },
    stop: () => void child.kill(),
  }
}
