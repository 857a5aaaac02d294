import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const root = fileURLToPath(new URL('.', import.meta.url))

export default defineConfig({
  resolve: { alias: [{ find: /^@\//, replacement: root }] },
  test: {
    // Tests wait more than they compute: for databases, gateways and deadlines.
    maxWorkers: 3,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{lib,agent,middleware,bin,app,components,scripts}/**/*.test.ts', 'test/rules/**/*.test.ts'],
          // Properties try thousands of inputs, also on a machine that does other things as well.
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'system',
          include: ['test/**/*.test.ts'],
          exclude: ['test/rules/**'],
          globalSetup: ['test/setup/global-setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // After the unit tests, so that what measures time does not share the machine with them.
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
