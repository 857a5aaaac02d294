// npm run bench: installs and builds what is missing, then measures. Arguments: npm run bench -- --help

import { spawn } from 'node:child_process'
import path from 'node:path'
import { installWhatIsMissing, projectFolder, requireNode } from './lib/process.mjs'

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

const main = path.join(projectFolder, 'dist/bench/main.mjs')
const bench = spawn(process.execPath, ['--enable-source-maps', main, ...process.argv.slice(2)], {
  cwd: projectFolder,
  stdio: 'inherit',
})
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => bench.kill(signal))
process.exit(await new Promise((resolve) => bench.once('exit', (code) => resolve(code ?? 1))))
