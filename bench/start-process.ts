import { spawn, type ChildProcess } from 'node:child_process'
import { projectRoot } from '@/lib/server/project-root'

export interface StartedProcess {
  readonly child: ChildProcess
  readonly pid: number
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  readonly port: number
  /** What else it said when it was ready. */
  readonly said: Readonly<Record<string, unknown>>
  /** SIGTERM, and the end of the process. */
  stop(): Promise<void>
}

/** What every server under test says when it listens. */
interface ReadyMessage extends Record<string, unknown> {
  readonly ready: true
  readonly url: string
}

const stopsWithinMs = 20_000

/** Starts a Node.js program that says `{ ready, url }`. Throws with what it wrote when it ends before that. */
export async function startProcess(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<StartedProcess> {
  const child = spawn(process.execPath, args, {
    cwd: projectRoot(),
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      NODE_ENV: 'production',
      NEXT_TELEMETRY_DISABLED: '1',
      ...environment,
    },
  })
  let written = ''
  child.stderr?.on('data', (chunk: Buffer) => (written = (written + chunk.toString()).slice(-4_000)))
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const ready = new Promise<ReadyMessage>((resolve) =>
    child.once('message', (message) => resolve(message as ReadyMessage)),
  )
  const first = await Promise.race([ready, exited])
  if (!first || child.pid === undefined) throw new Error(`${args.join(' ')} ended at its start:\n${written}`)
  return {
    child,
    pid: child.pid,
    url: first.url,
    port: Number(new URL(first.url).port),
    said: first,
    async stop() {
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), stopsWithinMs)
      await exited
      clearTimeout(timer)
    },
  }
}
