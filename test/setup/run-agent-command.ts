import { spawn, type ChildProcess } from 'node:child_process'
import path from 'node:path'

const program = path.resolve(import.meta.dirname, '../../dist/countersign.mjs')

export interface CommandResult {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command of the built agent to its end. */
export async function runAgentCommand(
  stateDirectory: string,
  args: readonly string[],
  input = '',
): Promise<CommandResult> {
  const child = startAgentCommand(stateDirectory, args)
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  child.stdin?.end(input)
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, stdout, stderr }
}

/** Starts a command of the built agent, such as `agent`, that goes on. */
export function startAgentCommand(stateDirectory: string, args: readonly string[]): ChildProcess {
  const { COUNTERSIGN_SOCKET: _socket, ...environment } = process.env
  return spawn(process.execPath, [program, ...args], {
    stdio: 'pipe',
    env: { ...environment, COUNTERSIGN_STATE_DIR: stateDirectory },
  })
}
