// npm run test:faults: installs and builds what is missing, then injects every fault that the tests know, also those that take
// too long for npm test or need root. Arguments name what to run alone: npm run test:faults -- failover

import { installWhatIsMissing, projectFolder, requireNode, run } from './lib/process.mjs'
import { requirePrograms } from './lib/test-programs.mjs'

requireNode()
await installWhatIsMissing()
await requirePrograms('The faults need', ['postgresql', 'haproxy', 'faketime'])
const { buildAll } = await import('./build.mjs')
await buildAll()
const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/faults/vitest.config.ts']
try {
  await run(process.execPath, [...vitest, ...process.argv.slice(2)], { cwd: projectFolder })
} catch {
  process.exit(1)
}
