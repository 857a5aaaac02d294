// Small things that every script needs. No dependencies: this runs before anything is installed.

import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export const projectFolder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..')

/** Progress goes to standard error, so that standard output stays the program's own. */
export function say(line) {
  process.stderr.write(`${line}\n`)
}

/** Ends the script with words and an exit code. */
export function fail(line, code = 1) {
  say(line)
  process.exit(code)
}

/** Runs a command in the project folder, its output passed through; throws when it does not end with 0. */
export async function run(command, args, options = {}) {
  const child = spawn(command, args, { cwd: projectFolder, stdio: 'inherit', ...options })
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (exitCode, signal) => resolve(signal ? 1 : exitCode))
  })
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}`)
}

export function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 19)) {
    fail(`Countersign needs Node.js 20.19 or newer; this is ${process.versions.node}.`)
  }
}

/** `npm ci` when node_modules is not what package-lock.json says. Install scripts are never run. */
export async function installWhatIsMissing() {
  const lock = createHash('sha256')
    .update(readFileSync(path.join(projectFolder, 'package-lock.json')))
    .digest('hex')
  const stamp = path.join(projectFolder, 'node_modules', '.countersign-lock')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return
  say('Installing packages …')
  const npm = process.env.npm_execpath
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  if (npm && /\.c?js$/.test(npm)) await run(process.execPath, [npm, ...args])
  else await run('npm', args)
  mkdirSync(path.dirname(stamp), { recursive: true })
  writeFileSync(stamp, lock)
}
