import { spawn, type ChildProcess } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { serverCommand } from './server-command'
import { freePort } from './free-port'
import type { TestPlace } from './test-place'

const root = path.resolve(import.meta.dirname, '../..')

export interface RunningServer {
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  readonly port: number
  readonly child: ChildProcess
  /** Everything that it wrote so far, for tests that look for secrets. */
  output(): string
  /** Calls the management API as the local administrator; answers the parsed body. */
  api<T = Record<string, unknown>>(method: string, path: string, body?: object): Promise<{ status: number; body: T }>
  /** SIGTERM and the end of the process; its exit code. */
  stop(): Promise<number | null>
  kill(signal: NodeJS.Signals): void
  exited(): Promise<number | null>
}

export type StartOutcome =
  | { readonly outcome: 'started'; readonly server: RunningServer }
  | { readonly outcome: 'ended'; readonly code: number | null; readonly output: string }

/** Starts the built server as a process of its own and waits until it is ready or has ended. */
export async function tryStartServer(
  place: TestPlace,
  options: { readonly environment?: Record<string, string>; readonly port?: number } = {},
): Promise<StartOutcome> {
  const port = options.port ?? (await freePort())
  const child = spawn(process.execPath, [...serverCommand], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      ...place.environment,
      NODE_ENV: 'production',
      LOG_LEVEL: 'debug',
      NEXT_TELEMETRY_DISABLED: '1',
      PORT: String(port),
      ...options.environment,
    },
  })
  let written = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => (written += chunk.toString()))
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
  const ready = new Promise<'ready'>((resolve) => child.on('message', () => resolve('ready')))
  if ((await Promise.race([ready, exited])) !== 'ready') {
    return { outcome: 'ended', code: await exited, output: written }
  }
  const url = `http://127.0.0.1:${port}`
  const server: RunningServer = {
    url,
    port,
    child,
    output: () => written,
    async api<T>(method: string, apiPath: string, body?: object) {
      const token = (await readFile(path.join(place.dataDirectory, 'admin-token'), 'utf8')).trim()
      const response = await fetch(`${url}/api/v1${apiPath}`, {
        method,
        headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
        ...(body && { body: JSON.stringify(body) }),
      })
      const text = await response.text()
      // The caller names the shape that this operation answers with.
      return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as T }
    },
    stop() {
      child.kill('SIGTERM')
      return exited
    },
    kill: (signal) => void child.kill(signal),
    exited: () => exited,
  }
  return { outcome: 'started', server }
}

/** Like `tryStartServer`, for tests in which the server has to start. */
export async function startServer(
  place: TestPlace,
  options?: Parameters<typeof tryStartServer>[1],
): Promise<RunningServer> {
  const started = await tryStartServer(place, options)
  if (started.outcome === 'ended') throw new Error(`The server ended with ${started.code}:\n${started.output}`)
  return started.server
}
