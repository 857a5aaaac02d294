import { spawn } from 'node:child_process'
import { createConnection } from 'node:net'

/** A gateway that runs, as a process of its own. */
export interface GatewayProcess {
  readonly port: number
  /** What it wrote, for a test that fails and for one that looks for secrets. */
  output(): string
  stop(): Promise<void>
}

/** Characters: more than any test makes it write, and little for one that runs for hours. */
const mostKept = 1_000_000

/** Starts a program in the foreground, and waits until it takes connections or has ended. */
export async function startGatewayProcess(
  program: string,
  args: readonly string[],
  options: {
    readonly port: number
    readonly cwd: string
    readonly environment?: Record<string, string>
    readonly cleanUp: () => Promise<void>
  },
): Promise<GatewayProcess> {
  const child = spawn(program, args, {
    cwd: options.cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { NODE_ENV: 'production', PATH: process.env.PATH, ...options.environment },
  })
  let written = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (part: Buffer) => (written = (written + part.toString()).slice(-mostKept)))
  }
  let isOver = false
  const exited = new Promise<void>((resolve) => {
    const end = (words: string) => {
      isOver = true
      written += words
      resolve()
    }
    child.once('error', (error) => end(error.message))
    child.once('exit', (code, signal) => end(`\nended: ${code ?? signal ?? ''}`))
  })
  while (!isOver && !(await takesConnections(options.port)));
  if (isOver) {
    await options.cleanUp()
    throw new Error(`${program} did not start:\n${written}`)
  }
  return {
    port: options.port,
    output: () => written,
    async stop() {
      child.kill('SIGTERM')
      // A connection that a test left open must not hold the run up.
      const impatient = setTimeout(() => child.kill('SIGKILL'), 3_000)
      await exited
      clearTimeout(impatient)
      await options.cleanUp()
    },
  }
}

/** One try; refused ones are spaced by the time that the try itself takes plus a few milliseconds. */
function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => setTimeout(() => resolve(false), 10))
  })
}
