// npm run pictures: installs and builds what is missing, then takes a picture of every page. Arguments: npm run pictures -- --help

import { fail, installWhatIsMissing, requireNode } from './lib/process.mjs'
import { requirePrograms } from './lib/test-programs.mjs'

requireNode()
try {
  await installWhatIsMissing()
  await requirePrograms('The pictures need', ['chromium'])
  const { buildAll, bundleTool } = await import('./build.mjs')
  await buildAll()
  await bundleTool('pictures', { main: 'demo/pictures/main.ts' })
} catch (error) {
  fail(`The pictures could not be prepared: ${error.message}`)
}
await import('../dist/pictures/main.mjs')
