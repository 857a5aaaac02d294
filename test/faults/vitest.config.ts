import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const root = fileURLToPath(new URL('../..', import.meta.url))
const measured = 'test/faults/long/load-balancer.long.ts'
const common = {
  globalSetup: ['test/setup/global-setup.ts'],
  testTimeout: 180_000,
  hookTimeout: 120_000,
}

/** All faults, also those that `npm test` has no time for; what measures time comes last and alone. */
export default defineConfig({
  root,
  resolve: { alias: [{ find: /^@\//, replacement: root }] },
  test: {
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: { ...common, name: 'faults', include: ['test/faults/**/*.{test,long}.ts'], exclude: [measured] },
      },
      { extends: true, test: { ...common, name: 'measured', include: [measured], sequence: { groupOrder: 1 } } },
    ],
  },
})
