import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import type { Browser, BrowserContext, Page } from '@playwright/test'
import type { Stage } from '../open-stage'
import { checkPage } from './check-page'
import type { PictureFacts } from './picture-facts'
import { readmePictures, views, type View } from './views'

const themes = ['dark', 'light'] as const
const windows = [
  { width: 1280, height: 800 },
  { width: 360, height: 780 },
] as const

type Theme = (typeof themes)[number]

export interface PictureRun {
  readonly stage: Stage
  readonly facts: PictureFacts
  readonly freshUrl: string
  /** Names of views; none is all. */
  readonly only: readonly string[]
  readonly folder: string
  readonly readmeFolder: string | undefined
  readonly onPicture: (name: string) => void
}

/** Takes every picture as `<view>-<width>-<theme>.png`; answers what is wrong, in words that name the picture. */
export async function takePictures(browser: Browser, run: PictureRun): Promise<string[]> {
  const faults: string[] = []
  if (run.only.length === 0) await rm(run.folder, { recursive: true, force: true })
  await mkdir(run.folder, { recursive: true })
  if (run.readmeFolder !== undefined) await mkdir(run.readmeFolder, { recursive: true })
  const wanted = Object.values(views)
    .flat()
    .filter(({ name }) => run.only.length === 0 || run.only.includes(name))
  for (const theme of themes) {
    for (const viewport of windows) {
      for (const view of wanted) {
        const name = `${view.name}-${viewport.width}-${theme}`
        const found = await takePicture(browser, run, view, theme, viewport).catch((error: unknown) => [String(error)])
        faults.push(...found.map((fault) => `${name}: ${fault}`))
        run.onPicture(name)
      }
    }
  }
  return faults
}

async function takePicture(
  browser: Browser,
  run: PictureRun,
  view: View,
  theme: Theme,
  viewport: (typeof windows)[number],
): Promise<string[]> {
  const context = await openContext(browser, run, view, theme, viewport)
  try {
    const page = await context.newPage()
    const complaints = listen(page, view)
    await page.goto(view.path(run.facts))
    await isReady(page, view)
    const faults = await checkPage(page)
    const name = `${view.name}-${viewport.width}-${theme}.png`
    await page.screenshot({ path: path.join(run.folder, name), fullPage: view.isPanel !== true })
    const isShown = readmePictures.some((shown) => shown.view === view.name && shown.theme === theme)
    if (run.readmeFolder !== undefined && isShown && viewport.width === 1280) {
      await page.screenshot({ path: path.join(run.readmeFolder, name) })
    }
    return [...complaints, ...faults]
  } finally {
    await context.close()
  }
}

async function openContext(
  browser: Browser,
  { stage, freshUrl }: PictureRun,
  view: View,
  theme: Theme,
  viewport: (typeof windows)[number],
): Promise<BrowserContext> {
  const baseURL = view.isFresh === true ? freshUrl : stage.url
  const context = await browser.newContext({ baseURL, viewport, colorScheme: theme, reducedMotion: 'reduce' })
  if (view.as !== 'nobody') {
    await context.addCookies(stage.people.administrator.browser.jar.forBrowser(stage.url))
  }
  return context
}

/** Errors of the page, scripts and styles that its policy refuses included: Chromium writes those to the console. */
function listen(page: Page, view: View): string[] {
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`))
  page.on('console', (message) => {
    // The page that is not there is answered 404, which Chromium calls an error.
    if (message.type() !== 'error' || (view.name === 'not-found' && message.text().includes('404'))) return
    complaints.push(`console: ${message.text()} (${message.location().url})`)
  })
  return complaints
}

async function isReady(page: Page, view: View): Promise<void> {
  await page.locator('h1').first().waitFor()
  await page.waitForFunction(() => document.querySelectorAll('[aria-busy=true]').length === 0)
  if (view.shows !== undefined) await page.locator(view.shows).first().waitFor()
  await page.evaluate(() => document.fonts.ready.then(() => undefined))
}
