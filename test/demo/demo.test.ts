import { spawn, type ChildProcess } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { createConnection, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import type { Overview } from '@/lib/contract/overview'
import { openBrowser, type TestBrowser } from '../setup/sign-in'

const root = path.resolve(import.meta.dirname, '../..')
const startsWithinMs = 90_000

let child: ChildProcess | undefined
let folder = ''

afterEach(async () => {
  // A test that failed leaves a group of processes.
  if (child?.pid !== undefined && listProcesses().some(({ group }) => group === child?.pid))
    process.kill(-child.pid, 'SIGKILL')
  child = undefined
  await rm(folder, { recursive: true, force: true })
})

test.each([
  { gateway: 'nginx', signal: 'SIGINT' },
  { gateway: 'gate', signal: 'SIGHUP' },
] as const)(
  'the demo behind $gateway shows what is allowed and every kind of refusal, its sign-in works, and $signal leaves nothing',
  { timeout: 240_000 },
  async ({ gateway, signal }) => {
    const port = await freePorts(5)
    const demo = await startDemo(port, gateway)
    const signIn = await demo.waitFor(/Ctrl-C ends the demo/)
    const field = (name: string) => new RegExp(`^ +${name} +(.+?)(?: \\(.*)?$`, 'm').exec(signIn)?.[1] ?? ''
    expect(field('open')).toBe(`http://localhost:${port}`)

    const browser = openBrowser({ url: field('open') })
    const code = field('code').replace(' ', '')
    const passed = await browser.step('password', { email: field('e-mail'), password: field('password') })
    const confirmed = await browser.step('totp', { ticket: passed.body.ticket, code })
    expect((await browser.beginSession(confirmed.body.ticket)).status).toBe(200)

    await vi.waitFor(
      async () => {
        const overview = await read<Overview>(browser, '/overview')
        const minutes = overview.minutes.reduce(
          (sum, { allowed, observed }) => sum + Math.min(allowed, 20) + observed,
          0,
        )
        expect(minutes).toBeGreaterThan(20)
        expect(overview.machinesByState).toMatchObject({ quarantined: 1, revoked: 1 })
        expect(overview.denialReasons.map((reason) => reason.code)).toEqual(
          expect.arrayContaining([
            'credential_missing',
            'credential_replayed',
            'digest_mismatch',
            'signature_invalid',
            'authority_unknown',
            'machine_quarantined',
          ]),
        )
      },
      { timeout: 120_000, interval: 500 },
    )
    const machines = await read<{ items: { state: string; labels: Record<string, string> }[] }>(browser, '/machines')
    const calling = machines.items.filter(({ labels }) =>
      /^(checkout|payments|inventory|reporting)$/.test(labels.workload ?? ''),
    )
    const kinds = new Set(calling.map(({ labels }) => `${labels.workload} ${labels.env}`))
    expect([calling.length, kinds.size]).toEqual([12, 8])

    // No attack went otherwise than it should; that would stand in what it wrote.
    expect(demo.output()).not.toMatch(/instead of|could not|has ended/)
    const started = demo.descendants()
    expect(started.length).toBeGreaterThan(15)
    demo.signal(signal)
    await nothingLeft(started)
    for (let offset = 0; offset < 5; offset++) expect(await isListening(port + offset)).toBe(false)
  },
)

test('Ctrl-C while it starts leaves nothing either', { timeout: 120_000 }, async () => {
  const port = await freePorts(5)
  const demo = await startDemo(port, 'gate')
  await vi.waitFor(() => expect(demo.descendants().length).toBeGreaterThan(3), {
    timeout: startsWithinMs,
    interval: 20,
  })
  const started = demo.descendants()
  demo.signal('SIGINT')
  await nothingLeft(started)
})

test('everything ends when npm alone is told to', { timeout: 120_000 }, async () => {
  const demo = await startDemo(await freePorts(5), 'gate')
  await demo.waitFor(/Ctrl-C ends the demo/)
  const started = demo.descendants()
  child?.kill('SIGTERM')
  await nothingLeft(started)
})

test('a port in use is named, with what to type instead', { timeout: 120_000 }, async () => {
  const port = await freePorts(5)
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(port + 2, '127.0.0.1', resolve))
  const demo = await startDemo(port, 'gate')
  expect(await demo.exited).toBe(1)
  taken.close()
  expect(demo.output()).toContain(`port ${port + 2}`)
  expect(demo.output()).toMatch(/npm run demo -- --port \d+/)
  expect(await readdir(folder)).toEqual([])
})

/** `npm run demo`, with temporary files in the test's own folder. */
async function startDemo(port: number, gateway: string) {
  folder = await mkdtemp(path.join(tmpdir(), 'cs-demo-'))
  const started = spawn('npm', ['run', 'demo', '--silent', '--', '--port', String(port), '--gateway', gateway], {
    cwd: root,
    env: { ...process.env, NODE_ENV: 'production', TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  child = started
  let written = ''
  for (const stream of [started.stdout, started.stderr])
    stream.on('data', (part: Buffer) => (written += part.toString()))
  const exited = new Promise<number | null>((resolve) => started.once('exit', (code) => resolve(code)))
  return {
    exited,
    /** What a terminal does on Ctrl-C and when it is closed: everybody in the group gets the signal. */
    signal: (signal: NodeJS.Signals) => process.kill(-(started.pid ?? 0), signal),
    output: () => written,
    descendants: () => descendantsOf(started.pid ?? -1),
    async waitFor(pattern: RegExp): Promise<string> {
      await vi.waitFor(() => expect(written).toMatch(pattern), { timeout: startsWithinMs, interval: 50 })
      return written
    },
  }
}

interface Process {
  readonly pid: number
  readonly parent: number
  readonly group: number
  /** Ticks since the machine started: a process that took the number over has another. */
  readonly startedAt: string
}

function listProcesses(): Process[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    try {
      const fields = readFileSync(`/proc/${name}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')
      const [state, parent, group] = fields
      if (state === 'Z') return []
      return [{ pid: Number(name), parent: Number(parent), group: Number(group), startedAt: fields[19] ?? '' }]
    } catch {
      return []
    }
  })
}

/** Everything that a process has started, and what that has started. */
function descendantsOf(pid: number): Process[] {
  const all = listProcesses()
  const below = (parent: number): Process[] =>
    all.filter((one) => one.parent === parent).flatMap((one) => [one, ...below(one.pid)])
  return below(pid)
}

function stillRunning(started: readonly Process[]): Process[] {
  const all = listProcesses()
  return started.filter(({ pid, startedAt }) => all.some((one) => one.pid === pid && one.startedAt === startedAt))
}

async function nothingLeft(started: readonly Process[]): Promise<void> {
  const check = async () => {
    expect(stillRunning(started)).toEqual([])
    expect(await readdir(folder)).toEqual([])
  }
  await vi.waitFor(check, { timeout: 20_000, interval: 50 })
}

async function read<T>(browser: TestBrowser, apiPath: string): Promise<T> {
  const answer = await browser.api('GET', apiPath)
  expect(answer.status).toBe(200)
  return answer.body as unknown as T
}

/** The first of so many ports in a row that are free: below those that the system gives to whoever asks for any. */
async function freePorts(count: number): Promise<number> {
  for (;;) {
    const first = randomInt(20_000, 32_000)
    const taken = await Promise.all(Array.from({ length: count }, (_, offset) => isListening(first + offset)))
    if (!taken.includes(true)) return first
  }
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1')
    socket
      .once('error', () => resolve(false))
      .once('connect', () => {
        socket.destroy()
        resolve(true)
      })
  })
}
