/**
 * `npm run pictures`: every page of the console in both themes, on a desk and on a phone, taken from the demo while it
 * runs, and checked for what a machine can see. Ends with 1 and names page and element when something is wrong.
 */
import { setMaxListeners } from 'node:events'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { chromium } from '@playwright/test'
import { Cleanups } from '@/bench/cleanups'
import type { Overview } from '@/lib/contract/overview'
import { projectRoot } from '@/lib/server/project-root'
import { freePort } from '@/test/setup/free-port'
import { isPortFree, openStage, type Stage } from '../open-stage'
import { playStories } from '../play-stories'
import { startServer } from '../start-server'
import { compareRoutes, listRoutes } from './list-routes'
import { hasEnoughToShow, readPictureFacts, type PictureFacts } from './picture-facts'
import { takePictures } from './take-pictures'
import { views } from './views'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    only: { type: 'string', multiple: true },
    readme: { type: 'boolean' },
    help: { type: 'boolean' },
  },
})
if (values.help === true) {
  process.stdout.write(`Usage: npm run pictures -- [--minutes N] [--only NAME] [--readme]

  --minutes N   let the demo run this long first, so that its charts are filled (default 1)
  --only NAME   this view alone; given several times, these
  --readme      also write the pictures that README.md shows, into docs/pictures
`)
  process.exit(0)
}

const cleanups = new Cleanups()
const ending = new AbortController()
setMaxListeners(0, ending.signal)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void end(1))

const folder = await mkdtemp(path.join(tmpdir(), 'countersign-pictures-'))
try {
  const faults = await takeAll()
  for (const fault of faults) say(fault)
  await end(faults.length > 0 ? 1 : 0)
} catch (error) {
  say(error instanceof Error ? error.message : String(error))
  await end(1)
}

async function takeAll(): Promise<string[]> {
  const unlisted = compareRoutes(listRoutes(path.join(projectRoot(), 'app')), Object.keys(views))
  if (unlisted.length > 0) return unlisted
  say('Starting the demo …')
  const port = await freePortRow()
  const stage = await openStage({ port, gateway: 'whichever' }, await subfolder('demo'), cleanups, (what) => {
    say(`${what} has ended.`)
    void end(1)
  })
  void playStories(stage, ending.signal, (name, error) => say(`${name}: ${String(error)}`))
  const fresh = await startServer(await subfolder('fresh'), await freePort(), cleanups)
  const setUpUrl = (await readFile(path.join(fresh.dataDirectory, 'set-up-link'), 'utf8')).trim()
  say('Waiting until there is something to show …')
  await waitUntilBusy(stage)
  const facts: PictureFacts = await readPictureFacts(stage, new URL(setUpUrl).pathname)

  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  })
  cleanups.add(() => browser.close())
  return takePictures(browser, {
    ...{ stage, facts, freshUrl: fresh.url, only: values.only ?? [] },
    folder: path.join(projectRoot(), '.cache/pictures'),
    readmeFolder: values.readme === true ? path.join(projectRoot(), 'docs/pictures') : undefined,
    onPicture: (name) => say(`  ${name}`),
  })
}

async function waitUntilBusy(stage: Stage): Promise<void> {
  const minutes = Number(values.minutes ?? 1)
  const deadline = Date.now() + (minutes + 15) * 60_000
  while (Date.now() < deadline) {
    const overview = await stage.people.asAdministrator<Overview>('GET', '/overview')
    if (hasEnoughToShow(overview, minutes)) return
    await wait(1_000)
  }
  throw new Error('The demo does not show everything that it should.')
}

/** Five ports in a row, as the demo wants them. */
async function freePortRow(): Promise<number> {
  for (let port = 4700; ; port += 10) {
    const isFree = await Promise.all([0, 1, 2, 3, 4].map((offset) => isPortFree(port + offset)))
    if (!isFree.includes(false)) return port
  }
}

async function subfolder(name: string): Promise<string> {
  const made = path.join(folder, name)
  await mkdir(made, { mode: 0o700 })
  return made
}

async function end(code: number): Promise<void> {
  ending.abort()
  await cleanups.runAll()
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  process.exit(code)
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}
