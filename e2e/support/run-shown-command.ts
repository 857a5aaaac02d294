import { spawn } from 'node:child_process'

export interface Ran {
  readonly code: number | null
  readonly output: string
}

/** Runs what a page shows as a person would: pasted into bash, in a folder and a home of its own. */
export async function runShownCommand(command: string, folder: string): Promise<Ran> {
  const shell = spawn('bash', ['--noprofile', '--norc'], {
    cwd: folder,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { NODE_ENV: 'production', PATH: process.env.PATH, HOME: folder, COUNTERSIGN_STATE_DIR: `${folder}/state` },
  })
  let output = ''
  for (const stream of [shell.stdout, shell.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  shell.stdin.end(command)
  const code = await new Promise<number | null>((resolve) => shell.once('close', resolve))
  return { code, output }
}
