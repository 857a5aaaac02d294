import type { Browser, BrowserContext, Page } from '@playwright/test'
import type { OperatorRole } from '@/lib/domain/operator/operator-role'
import { createSignedInOperator, setUpAdministrator, type TestOperator } from '@/test/setup/sign-in'
import { startServer, type RunningServer } from '@/test/setup/start-server'
import { createEmbeddedPlace, type TestPlace } from '@/test/setup/test-place'
import { templateVariable } from './template-variable'

/** A deployment whose console a story looks at: the real server on an embedded database of its own. */
export interface ConsoleServer {
  readonly place: TestPlace
  /** Changes when a story stops and starts it. */
  server: RunningServer
  /** As a browser reaches it: cookies of `localhost` count as safe without TLS. */
  readonly url: string
  /** After `server.stop()`: the same data, at the same port. */
  startAgain(): Promise<void>
  close(): Promise<void>
}

/** Short by default, because Envoy does not wait; here a browser and its pages share the machine. */
const usualEnvironment = { COUNTERSIGN_ENVOY_DEADLINE_MS: '1000' }

/** @param more of the server's environment */
export async function openConsoleServer(more: Readonly<Record<string, string>> = {}): Promise<ConsoleServer> {
  const environment = { ...usualEnvironment, ...more }
  const place = await createEmbeddedPlace(process.env[templateVariable])
  const server = await startServer(place, { environment })
  const opened: ConsoleServer = {
    place,
    server,
    url: `http://localhost:${server.port}`,
    async startAgain() {
      opened.server = await startServer(place, { port: server.port, environment })
    },
    async close() {
      await opened.server.stop()
      await place.remove()
    },
  }
  return opened
}

/** One operator of each role, with what signs them in. */
export type Operators = Readonly<Record<OperatorRole, TestOperator>>

export async function createOperators({ url, place }: ConsoleServer): Promise<Operators> {
  const administrator = await setUpAdministrator({ url }, place.dataDirectory)
  const [operator, viewer] = [
    await createSignedInOperator(administrator.browser, 'operator'),
    await createSignedInOperator(administrator.browser, 'viewer'),
  ]
  return { administrator, operator, viewer }
}

export interface PageOptions {
  readonly theme?: 'light' | 'dark'
  readonly width?: number
}

/** A page of a browser in which this operator is signed in. What the page logs as an error fails the story. */
export async function openPageAs(
  browser: Browser,
  console: ConsoleServer,
  who: TestOperator | null,
  options: PageOptions = {},
): Promise<Page & { readonly complaints: readonly string[] }> {
  const context = await openContext(browser, console, options)
  if (who !== null) await context.addCookies(who.browser.jar.forBrowser(console.url))
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  return Object.assign(page, { complaints })
}

function openContext(browser: Browser, console: ConsoleServer, options: PageOptions): Promise<BrowserContext> {
  return browser.newContext({
    baseURL: console.url,
    colorScheme: options.theme ?? 'light',
    viewport: { width: options.width ?? 1280, height: 800 },
    reducedMotion: 'reduce',
    permissions: ['clipboard-read', 'clipboard-write'],
  })
}
