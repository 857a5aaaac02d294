// npm run bench:data: how long the console's pages take with 1,000,000 and 20,000,000 decisions on record. Installs and
// builds what is missing. Arguments: npm run bench:data -- --help

import { installWhatIsMissing, requireNode } from './lib/process.mjs'
import { runBench } from './lib/run-bench.mjs'

requireNode()
await installWhatIsMissing()
const { buildAll, bundleTool } = await import('./build.mjs')
await buildAll({ pages: true })
await bundleTool('bench', { data: 'bench/data/main.ts' })
await runBench('data')
