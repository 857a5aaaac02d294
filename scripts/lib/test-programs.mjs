// The programs that tests run against: real nginx, Caddy, HAProxy, PostgreSQL. Debian packages, installed where the machine allows.

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

/** Debian packages, and whether the program of each is here. */
const programs = {
  'nginx-light': () => isOnPath('nginx'),
  caddy: () => isOnPath('caddy'),
  haproxy: () => isOnPath('haproxy'),
  curl: () => isOnPath('curl'),
  postgresql: () => process.env.TEST_DATABASE_URL !== undefined || hasPostgres(),
  chromium: () => existsSync(process.env.CHROMIUM_PATH ?? '/usr/bin/chromium'),
}

export function requireTestPrograms() {
  return requirePrograms('The tests need', Object.keys(programs))
}

/** Installs what is missing as root in CI; elsewhere prints the command, after the words that say who needs it, and ends. */
export async function requirePrograms(words, packages) {
  const missing = packages.filter((name) => !programs[name]())
  if (missing.length === 0) return
  const install = ['install', '-y', '--no-install-recommends', ...missing]
  if (process.env.CI && process.getuid?.() === 0) {
    say(`Installing ${missing.join(', ')} …`)
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    await run('apt-get', ['update', '-q'], { env })
    await run('apt-get', ['-q', ...install], { env })
    return
  }
  const other = missing.includes('chromium') ? '\nA Chromium elsewhere is named by CHROMIUM_PATH.' : ''
  fail(`${words} ${missing.join(', ')}. On Debian or Ubuntu:\n  sudo apt-get ${install.join(' ')}${other}`)
}
