import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'

const root = path.resolve(import.meta.dirname, '../..')
/** Fixed, because the README's lines name them. */
const ports = { server: 3000, nginx: 8080, api: 9000 }

let folder = ''
let server: ChildProcess | undefined
let shell: ChildProcess | undefined

beforeAll(async () => {
  for (const port of Object.values(ports)) {
    if (await isListening(port)) throw new Error(`Port ${port} is in use; the README's tour needs it.`)
  }
  // A place that looks like the checkout, so that the lines work as they stand and leave nothing behind.
  folder = await mkdtemp(path.join(tmpdir(), 'countersign-tour-'))
  for (const name of await readdir(root)) await symlink(path.join(root, name), path.join(folder, name))
  const environment = {
    ...process.env,
    NODE_ENV: 'production' as const,
    COUNTERSIGN_DATA_DIR: path.join(folder, 'data'),
    XDG_CONFIG_HOME: path.join(folder, 'config'),
  }
  server = spawn('npm', ['run', 'up'], {
    cwd: folder,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let written = ''
  for (const stream of [server.stdout, server.stderr])
    stream?.on('data', (chunk: Buffer) => (written += chunk.toString()))
  await vi.waitFor(async () => expect(await isListening(ports.server), written).toBe(true), {
    timeout: 150_000,
    interval: 100,
  })
  shell = spawn('bash', ['--noprofile', '--norc'], { cwd: folder, env: environment, detached: true })
}, 180_000)

afterAll(async () => {
  for (const child of [shell, server]) if (child?.pid !== undefined) endGroup(child.pid)
  for (const port of Object.values(ports)) {
    await vi.waitFor(async () => expect(await isListening(port)).toBe(false), { timeout: 20_000, interval: 100 })
  }
  await rm(folder, { recursive: true, force: true })
})

test('the lines of the README’s tour do what it says', async () => {
  const ran: { line: string; output: string; code: number }[] = []
  for (const line of await readTour()) {
    ran.push({ line, ...(await runLine(line)) })
    // What a person sees on the screen before typing on.
    const isReady = line.includes('start.mjs')
      ? () => isListening(ports.nginx)
      : line.includes(' agent ')
        ? isAgentReady
        : null
    if (isReady) await eventually(isReady, () => JSON.stringify(ran, null, 1))
  }
  const of = (part: string) => ran.filter(({ line }) => line.includes(part))
  for (const step of [...of('bin/admin.mjs'), ...of('enroll'), ...of('sign GET')])
    expect(step).toMatchObject({ code: 0 })

  const [bare, first, second] = of('curl')
  expect(bare?.output).toMatch(/HTTP\/1\.1 401 .*"code":"credential_missing"/s)
  expect(first?.output).toMatch(/HTTP\/1\.1 200 .*"calledBy":"mach_/s)
  expect(second?.output).toMatch(/HTTP\/1\.1 401 .*"code":"credential_replayed"/s)

  const [allowed, refused] = of('fetch GET')
  expect(allowed).toMatchObject({ code: 0, output: expect.stringContaining('"calledBy":"mach_') as string })
  expect(refused).toMatchObject({ code: 1, output: expect.stringContaining('machine_revoked') as string })

  // A denial is written down a moment after its answer; whoever types sees it with the next look.
  const [list] = of('decisions list')
  await eventually(async () => {
    const { output } = await runLine(list?.line ?? '')
    const shown = ['allowed', 'credential_missing', 'credential_replayed', 'machine_revoked']
    return shown.every((word) => output.includes(word))
  })
})

/** Every line of every `sh` block between the heading of the tour and the next one. */
async function readTour(): Promise<string[]> {
  const text = await readFile(path.join(root, 'README.md'), 'utf8')
  const tour = text.split('\n## Tour\n')[1]?.split('\n## ')[0] ?? ''
  const lines = [...tour.matchAll(/^```sh\n([^]*?)^```$/gm)].flatMap(([, block = '']) => block.trim().split('\n'))
  if (lines.length < 10) throw new Error('The README has no tour any more.')
  return lines
}

/** Types one line into the shell; what it prints until it is done, and its exit code. */
function runLine(line: string): Promise<{ output: string; code: number }> {
  const { stdin, stdout, stderr } = shell as ChildProcess
  return new Promise((resolve) => {
    let output = ''
    const onData = (chunk: Buffer) => {
      output += chunk.toString()
      const done = /__done__ (\d+)\n/.exec(output)
      if (!done) return
      stdout?.off('data', onData)
      stderr?.off('data', onData)
      resolve({ output: output.slice(0, done.index), code: Number(done[1]) })
    }
    stdout?.on('data', onData)
    stderr?.on('data', onData)
    stdin?.write(`${line}\necho "__done__ $?"\n`)
  })
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

async function eventually(condition: () => boolean | Promise<boolean>, tell = () => ''): Promise<void> {
  await vi.waitFor(async () => expect(await condition(), tell()).toBe(true), { timeout: 20_000, interval: 50 })
}

function isAgentReady(): boolean {
  return existsSync(path.join(folder, 'laptop-state/agent.sock'))
}

/** The process and all that it started: they were given a group of their own. */
function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGTERM')
  } catch {
    // Gone already.
  }
}
