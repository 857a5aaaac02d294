/**
 * `npm run demo`: Countersign with a company's services and machines around it, attacks that repeat, and people who work
 * with the console. All of it is real (processes, gateways, HTTP), on loopback, and gone when it ends.
 */
import { setMaxListeners } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Cleanups } from '@/bench/cleanups'
import { readOptions, usage } from './options'
import { openStage } from './open-stage'
import { playStories } from './play-stories'
import { showSignIn } from './show-sign-in'

const cleanups = new Cleanups()
const ending = new AbortController()
// Each caller and each story listens, as many as there are.
setMaxListeners(0, ending.signal)
let isOver = false

// A terminal that was closed takes no more words; the end goes on without them.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)

const options = readOptionsOrExit()
const folder = mkdtempSync(path.join(tmpdir(), 'countersign-demo-'))
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void end(0))
const running = runDemo().catch((error: unknown) => fail(`The demo could not be started: ${wordsOf(error)}`))

async function runDemo(): Promise<void> {
  tell('Starting the demo …')
  const stage = await openStage(options, folder, cleanups, (what) => fail(`${what} has ended.`))
  if (isOver) return
  const stopShowing = showSignIn(process.stdout, stage)
  cleanups.add(() => Promise.resolve(stopShowing()))
  await playStories(stage, ending.signal, (name, error) => tell(`\n${name}: ${wordsOf(error)}`))
}

/** How long what is under way may take to notice that everything it talks to is gone. */
const partingMs = 5_000

/** Ends everything that was started, the last first, also what is just starting; then this process. */
async function end(code: number): Promise<void> {
  if (isOver) return
  isOver = true
  ending.abort()
  await cleanups.runAll()
  await Promise.race([running, new Promise((resolve) => setTimeout(resolve, partingMs))])
  await cleanups.runAll()
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  process.exit(code)
}

function fail(words: string): void {
  // While it ends, what was under way fails: that is no news.
  if (isOver) return
  tell(`\n${words}`)
  void end(1)
}

function readOptionsOrExit() {
  try {
    const read = readOptions(process.argv.slice(2))
    if (read !== 'help') return read
    process.stdout.write(usage)
    process.exit(0)
  } catch (error) {
    tell(`${wordsOf(error)}\n\n${usage}`)
    process.exit(2)
  }
}

function tell(line: string): void {
  process.stderr.write(`${line}\n`)
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
