import { setUpAdministrator } from '@/test/setup/sign-in'
import type { StartedProcess } from '../start-process'

/** What a console asks for while somebody looks at it: pages, and the lists that they read again. */
const targets = [
  '/',
  '/api/v1/overview',
  '/machines',
  '/api/v1/machines',
  '/credential-use',
  '/api/v1/decisions',
  '/services',
  '/api/v1/services',
  '/audit-log',
  '/api/v1/audit-events',
]
/** Faster than anybody clicks. */
const pauseMs = 200

/** Sets up the first operator, who then opens one page after the other. Throws, at `stop`, when one was not answered. */
export async function lookAround(server: StartedProcess, dataDirectory: string): Promise<{ stop(): Promise<void> }> {
  const { browser } = await setUpAdministrator(server, dataDirectory)
  let isEnding = false
  const look = async () => {
    for (let turn = 0; !isEnding; turn++) {
      const target = targets[turn % targets.length] ?? '/'
      const response = await browser.fetch(target)
      await response.arrayBuffer()
      if (response.status !== 200) throw new Error(`${target} answered ${response.status}.`)
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  }
  const looking = look()
  // Its failure is told at `stop`, where somebody waits for it.
  looking.catch(() => undefined)
  return {
    stop() {
      isEnding = true
      return looking
    },
  }
}
