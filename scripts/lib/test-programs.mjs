// The programs that tests run against: real nginx, Caddy, PostgreSQL. Debian packages, installed where the machine allows.

import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { fail, run, say } from './process.mjs'

function isOnPath(program) {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin']
  return folders.some((folder) => folder !== '' && existsSync(path.join(folder, program)))
}

function hasPostgres() {
  const base = '/usr/lib/postgresql'
  return existsSync(base) && readdirSync(base).some((version) => existsSync(path.join(base, version, 'bin/initdb')))
}

/** Debian package and whether its program is here. */
const needed = [
  ['nginx-light', () => isOnPath('nginx')],
  ['caddy', () => isOnPath('caddy')],
  ['curl', () => isOnPath('curl')],
  ['postgresql', () => process.env.TEST_DATABASE_URL !== undefined || hasPostgres()],
]

/** Installs what is missing as root in CI; elsewhere prints the command and ends. */
export async function requireTestPrograms() {
  const missing = needed.filter(([, isHere]) => !isHere()).map(([name]) => name)
  if (missing.length === 0) return
  const install = ['install', '-y', '--no-install-recommends', ...missing]
  if (process.env.CI && process.getuid?.() === 0) {
    say(`Installing ${missing.join(', ')} …`)
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    await run('apt-get', ['update', '-q'], { env })
    await run('apt-get', ['-q', ...install], { env })
    return
  }
  fail(`The tests need ${missing.join(', ')}. On Debian or Ubuntu:\n  sudo apt-get ${install.join(' ')}`)
}
