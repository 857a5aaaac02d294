// npm run check: types, lint, format, import rules, generated files. Every part runs, then the first failure counts.

import { fail, installWhatIsMissing, requireNode, run, say } from './lib/process.mjs'

requireNode()
await installWhatIsMissing()
const { buildAll } = await import('./build.mjs')
await buildAll({ pages: false })

const node = process.execPath
const parts = [
  ['types', [node, 'node_modules/typescript/bin/tsc', '--noEmit']],
  ['lint', [node, 'node_modules/eslint/bin/eslint.js', '.', '--max-warnings=0']],
  ['format', [node, 'node_modules/prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.']],
  [
    'import rules',
    [node, 'node_modules/vitest/vitest.mjs', 'run', '--project', 'unit', 'test/rules', '--reporter=dot'],
  ],
  ['generated files', [node, 'scripts/generate.mjs', '--check']],
]
const failed = []
for (const [name, [command, ...args]] of parts) {
  say(`Checking ${name} …`)
  await run(command, args).catch(() => failed.push(name))
}
if (failed.length > 0) fail(`Failed: ${failed.join(', ')}`)
say('All checks passed.')
