import { execFile, spawn } from 'node:child_process'
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { existsSync, readdirSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

const execute = promisify(execFile)

export interface ThrowawayPostgres {
  /** URL of the maintenance database; append other names with `databaseUrl`. */
  readonly url: string
  databaseUrl(name: string): string
  start(): Promise<void>
  /** `immediate` is what a crash looks like to clients. */
  stop(mode?: 'fast' | 'immediate'): Promise<void>
  remove(): Promise<void>
}

/** A PostgreSQL server of its own for a test run: fresh data directory, loopback only, free port, flushing like a real one. */
export async function createThrowawayPostgres(settings: Record<string, string> = {}): Promise<ThrowawayPostgres> {
  const bin = findBinaries()
  const folder = await mkdtemp(path.join(tmpdir(), 'countersign-pg-'))
  const account = await serverAccount()
  if (account) await chown(folder, account.uid, account.gid)
  const as = account ? { uid: account.uid, gid: account.gid } : {}
  const call = (program: string, args: string[]) =>
    execute(path.join(bin, program), args, { ...as, cwd: folder, env: { ...process.env, LC_ALL: 'C' } })
  const data = path.join(folder, 'data')
  await call('initdb', ['-D', data, '-A', 'trust', '-U', 'postgres', '-E', 'UTF8', '--no-sync'])
  const port = await freePort()
  const lines = Object.entries({
    listen_addresses: "'127.0.0.1'",
    port: String(port),
    unix_socket_directories: `'${folder}'`,
    max_connections: '200',
    ...settings,
  }).map(([name, value]) => `${name} = ${value}`)
  await writeFile(path.join(data, 'postgresql.auto.conf'), `${lines.join('\n')}\n`)
  const databaseUrl = (name: string) => `postgresql://postgres@127.0.0.1:${port}/${name}`
  const start = async () => {
    // pg_ctl leaves the server behind with its own log file; -w waits until it takes connections.
    const child = spawn(path.join(bin, 'pg_ctl'), ['-D', data, '-l', path.join(folder, 'log'), '-w', 'start'], {
      ...as,
      cwd: folder,
      stdio: 'ignore',
    })
    const code = await new Promise((resolve) => child.once('exit', resolve))
    if (code !== 0) throw new Error('The throwaway PostgreSQL did not start.')
  }
  await start()
  return {
    url: databaseUrl('postgres'),
    databaseUrl,
    start,
    async stop(mode = 'fast') {
      await call('pg_ctl', ['-D', data, '-m', mode, '-w', 'stop'])
    },
    async remove() {
      await call('pg_ctl', ['-D', data, '-m', 'immediate', '-w', 'stop']).catch(() => undefined)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

function findBinaries(): string {
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
