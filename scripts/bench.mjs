// npm run bench: installs and builds what is missing, then measures. Arguments: npm run bench -- --help

import { installWhatIsMissing, requireNode } from './lib/process.mjs'
import { runBench } from './lib/run-bench.mjs'

requireNode()
await installWhatIsMissing()
const { buildAll, bundleTool } = await import('./build.mjs')
await buildAll({ pages: true })
await bundleTool('bench', {
  main: 'bench/main.ts',
  load: 'bench/load/main.ts',
  'empty-node': 'bench/peers/empty-node.ts',
  'empty-next': 'bench/peers/empty-next.ts',
  'oidc-introspection': 'bench/peers/oidc-introspection.ts',
})

await runBench('main')
