// npm run demo: installs and builds what is missing, then starts the demo in this process. Arguments: npm run demo -- --help

import { fail, installWhatIsMissing, requireNode } from './lib/process.mjs'

requireNode()
try {
  await installWhatIsMissing()
  const { buildAll, bundleTool } = await import('./build.mjs')
  await buildAll()
  await bundleTool('demo', { main: 'demo/main.ts' })
} catch (error) {
  fail(`The demo could not be built: ${error.message}`)
}
await import('../dist/demo/main.mjs')
