// npm test: installs what is missing, builds, runs every test, and ends with what failed and "N passed, N failed".
// Arguments name what to run alone: npm test -- lib/protocol, or npm test -- e2e/keyboard for stories in the browser.

import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { failedInPlaywright, failedInVitest } from './lib/failed-tests.mjs'
import { fail, installWhatIsMissing, projectFolder, requireNode, say } from './lib/process.mjs'
import { requireTestPrograms } from './lib/test-programs.mjs'

requireNode()
await installWhatIsMissing()
await requireTestPrograms()
const { buildAll } = await import('./build.mjs')
await buildAll()

const folder = mkdtempSync(path.join(tmpdir(), 'countersign-report-'))
const wanted = process.argv.slice(2)
const stories = wanted.filter((argument) => argument.startsWith('e2e'))
const others = wanted.filter((argument) => !argument.startsWith('e2e'))

/** Runs a test runner of node_modules; its exit code, and the report that it wrote. */
async function runRunner(program, args, report, env = {}) {
  const child = spawn(process.execPath, [path.join('node_modules', program), ...args], {
    cwd: projectFolder,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  })
  const code = await new Promise((resolve) => child.once('exit', (exitCode) => resolve(exitCode ?? 1)))
  try {
    return { code, report: JSON.parse(readFileSync(report, 'utf8')) }
  } catch {
    return { code: code || 1, report: {} }
  }
}

async function runVitest() {
  const file = path.join(folder, 'vitest.json')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
  const { code, report } = await runRunner('vitest/vitest.mjs', ['run', ...reporters, ...others], file)
  return {
    code,
    passed: report.numPassedTests ?? 0,
    skipped: report.numPendingTests ?? 0,
    failed: failedInVitest(report),
  }
}

async function runPlaywright() {
  const file = path.join(folder, 'playwright.json')
  const { code, report } = await runRunner(
    '@playwright/test/cli.js',
    ['test', ...stories, '--reporter=list,json'],
    file,
    {
      PLAYWRIGHT_JSON_OUTPUT_NAME: file,
    },
  )
  const { expected = 0, skipped = 0 } = report.stats ?? {}
  return { code, passed: expected, skipped, failed: failedInPlaywright(report) }
}

const results = []
if (stories.length === 0 || others.length > 0) results.push(await runVitest())
if (others.length === 0 || stories.length > 0) {
  say('Stories in the browser …')
  results.push(await runPlaywright())
}
rmSync(folder, { recursive: true, force: true })

const sum = (name) => results.reduce((total, result) => total + result[name], 0)
const code = results.find((result) => result.code !== 0)?.code ?? 0
// What ends a runner without failing a test must not look like success.
const failed = results.flatMap(({ code: ended, failed: lines }) =>
  ended !== 0 && lines.length === 0 ? ['An error outside of any test: its runner printed it above.'] : lines,
)
const skipped = sum('skipped')
if (failed.length > 0) process.stdout.write(`\nFailed:\n${failed.map((line) => `  ${line}\n`).join('')}`)
process.stdout.write(`\n${sum('passed')} passed, ${failed.length} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`)
if (skipped > 0 && process.env.CI) fail('In CI no test is skipped.')
process.exit(code)
