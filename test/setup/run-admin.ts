import { spawn } from 'node:child_process'
import path from 'node:path'

const root = path.resolve(import.meta.dirname, '../..')

export interface AdminRun {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Runs the admin command as a shell would, with nothing in its environment but what it needs. */
export function runAdmin(
  args: readonly string[],
  options: { readonly environment: Record<string, string>; readonly input?: string; readonly cwd?: string },
): Promise<AdminRun> {
  const child = spawn(process.execPath, [path.join(root, 'bin/admin.mjs'), ...args], {
    cwd: options.cwd ?? root,
    env: { NODE_ENV: 'production', PATH: process.env.PATH, HOME: process.env.HOME, ...options.environment },
    stdio: 'pipe',
  })
  child.stdin.end(options.input ?? '')
  let [out, err] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, out, err })))
}
