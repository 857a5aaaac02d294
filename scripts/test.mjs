// npm test: installs what is missing, builds, runs every test, and ends with "N passed, N failed".
// Arguments go to vitest: npm test -- lib/protocol

import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fail, installWhatIsMissing, projectFolder, requireNode } from './lib/process.mjs'
import { requireTestPrograms } from './lib/test-programs.mjs'

requireNode()
await installWhatIsMissing()
await requireTestPrograms()
const { buildAll } = await import('./build.mjs')
await buildAll()

const folder = mkdtempSync(path.join(tmpdir(), 'countersign-report-'))
const report = path.join(folder, 'report.json')
const args = [
  'node_modules/vitest/vitest.mjs',
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${report}`,
]
const vitest = spawn(process.execPath, [...args, ...process.argv.slice(2)], { cwd: projectFolder, stdio: 'inherit' })
const code = await new Promise((resolve) => vitest.once('exit', (exitCode) => resolve(exitCode ?? 1)))
let counts
try {
  counts = JSON.parse(readFileSync(report, 'utf8'))
} catch {
  fail('The test run ended without a report.')
} finally {
  rmSync(folder, { recursive: true, force: true })
}
const { numPassedTests: passed, numFailedTests: failed, numPendingTests: skipped } = counts
// A file that does not even load counts no test, and must not look like success.
const broken = code !== 0 && failed === 0 ? counts.numFailedTestSuites || 1 : 0
process.stdout.write(`\n${passed} passed, ${failed + broken} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`)
if (skipped > 0 && process.env.CI) fail('In CI no test is skipped.')
process.exit(code)
