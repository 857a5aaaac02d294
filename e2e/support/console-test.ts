import { test as base } from '@playwright/test'
import { createOperators, openConsoleServer, type ConsoleServer, type Operators } from './open-console'
import { seedConsole, type SeededConsole } from './seed-console'

interface WorkerFixtures {
  /** A deployment in use, shared by the stories of a file that leave it as it is. */
  readonly inUse: ConsoleServer & SeededConsole & { readonly operators: Operators }
}

export const test = base.extend<object, WorkerFixtures>({
  inUse: [
    async ({}, use) => {
      const opened = await openConsoleServer()
      try {
        await use(Object.assign(opened, { operators: await createOperators(opened) }, await seedConsole(opened)))
      } finally {
        await opened.close()
      }
    },
    { scope: 'worker', timeout: 120_000 },
  ],
})

export { expect } from '@playwright/test'
