import { execFile, spawn } from 'node:child_process'
import { appendFile, chown, mkdtemp, rm } from 'node:fs/promises'
import { existsSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { freePort } from './free-port'

const execute = promisify(execFile)

export interface ThrowawayPostgres {
  /** URL of the maintenance database; append other names with `databaseUrl`. */
  readonly url: string
  databaseUrl(name: string): string
  start(): Promise<void>
  /** `immediate` is what a crash looks like to clients. */
  stop(mode?: 'fast' | 'immediate'): Promise<void>
  /** A standby of this server, streaming, on a port of its own. `name` is what the primary knows it by. */
  createStandby(name: string, settings?: Record<string, string>): Promise<ThrowawayPostgres>
  /** Makes a standby the primary, of a timeline of its own; resolves when it takes writes. */
  promote(): Promise<void>
  remove(): Promise<void>
}

/** What is on disk before a server of its own starts there. */
interface Site {
  readonly folder: string
  readonly data: string
  readonly port: number
  readonly host: string
  readonly call: (program: string, args: readonly string[]) => Promise<void>
}

export interface PostgresSurroundings {
  /** Where its folder is made; by default the system's temporary folder. */
  readonly around?: string
  /** A network namespace to run in, and its address there that the outside reaches; needs root. */
  readonly network?: { readonly namespace: string; readonly address: string }
}

/** A PostgreSQL server of its own for a test run: fresh data directory, loopback only, free port, flushing like a real one. */
export async function createThrowawayPostgres(
  settings: Record<string, string> = {},
  surroundings: PostgresSurroundings = {},
): Promise<ThrowawayPostgres> {
  const site = await createSite(surroundings)
  await site.call('initdb', ['-D', site.data, '-A', 'trust', '-U', 'postgres', '-E', 'UTF8', '--no-sync'])
  return startSite(site, settings)
}

async function createSite({ around = tmpdir(), network }: PostgresSurroundings): Promise<Site> {
  const bin = findBinaries()
  const folder = await mkdtemp(path.join(around, 'countersign-pg-'))
  const account = await serverAccount()
  if (account) await chown(folder, account.uid, account.gid)
  // Entering a namespace takes root, so there the account is left to a program on the way.
  const as = account && !network ? { uid: account.uid, gid: account.gid } : {}
  const way = network ? ['ip', 'netns', 'exec', network.namespace, 'runuser', '-u', 'postgres', '--'] : []
  return {
    folder,
    data: path.join(folder, 'data'),
    port: await freePort(),
    host: network?.address ?? '127.0.0.1',
    call: async (program, args) => {
      // Nothing may hold its output open: a server that it leaves behind would.
      const [command = '', ...rest] = [...way, path.join(bin, program), ...args]
      const child = spawn(command, rest, {
        ...as,
        cwd: folder,
        env: { ...process.env, LC_ALL: 'C' },
        stdio: 'ignore',
      })
      const code = await new Promise((resolve) => child.once('exit', resolve))
      if (code !== 0) throw new Error(`${program} of the throwaway PostgreSQL ended with ${String(code)}.`)
    },
  }
}

async function startSite(site: Site, settings: Record<string, string>): Promise<ThrowawayPostgres> {
  const { folder, data, port, host, call } = site
  const lines = Object.entries({
    listen_addresses: `'${host}'`,
    port: String(port),
    unix_socket_directories: `'${folder}'`,
    max_connections: '200',
    ...settings,
  }).map(([name, value]) => `${name} = ${value}`)
  // After what `pg_basebackup` wrote there, which names the primary: of two lines the last one counts.
  await appendFile(path.join(data, 'postgresql.auto.conf'), `${lines.join('\n')}\n`)
  // pg_ctl leaves the server behind with its own log file; -w waits until it takes connections.
  const start = () => call('pg_ctl', ['-D', data, '-l', path.join(folder, 'log'), '-w', 'start'])
  await start()
  const databaseUrl = (name: string) => `postgresql://postgres@${host}:${port}/${name}`
  return {
    url: databaseUrl('postgres'),
    databaseUrl,
    start,
    async stop(mode = 'fast') {
      await call('pg_ctl', ['-D', data, '-m', mode, '-w', 'stop'])
    },
    async createStandby(name, standbySettings = {}) {
      const standby = await createSite({ around: path.dirname(folder) })
      const from = `host=${host} port=${port} user=postgres application_name=${name}`
      await standby.call('pg_basebackup', [
        '-D',
        standby.data,
        '-d',
        from,
        '-R',
        '-X',
        'stream',
        '-c',
        'fast',
        '--no-sync',
      ])
      return startSite(standby, standbySettings)
    },
    async promote() {
      await call('pg_ctl', ['-D', data, '-w', 'promote'])
    },
    async remove() {
      await call('pg_ctl', ['-D', data, '-m', 'immediate', '-w', 'stop']).catch(() => undefined)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The folder of the newest PostgreSQL’s programs. */
export function findBinaries(): string {
  const base = '/usr/lib/postgresql'
  const versions = existsSync(base) ? readdirSync(base).sort((a, b) => Number(b) - Number(a)) : []
  for (const version of versions) {
    const bin = path.join(base, version, 'bin')
    if (existsSync(path.join(bin, 'initdb'))) return bin
  }
  throw new Error('PostgreSQL is not installed. On Debian: apt-get install postgresql. Or set TEST_DATABASE_URL.')
}

/** PostgreSQL refuses to run as root; Debian's package has made an account for it. */
async function serverAccount(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const [uid, gid] = await Promise.all([execute('id', ['-u', 'postgres']), execute('id', ['-g', 'postgres'])])
  return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
}
