import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { until } from '../../verification/support/in-parallel'
import { createPlaceFolders, type TestPlace } from '../../setup/test-place'
import { createThrowawayPostgres, type ThrowawayPostgres } from '../../setup/throwaway-postgres'

/** A PostgreSQL server that a test may stop, with a place for a server of ours on it. */
export interface PostgresPlace {
  readonly place: TestPlace
  readonly postgres: ThrowawayPostgres
  /** Stops every process of the server in its tracks: connections stay open and nothing answers. */
  freeze(): Promise<void>
  thaw(): Promise<void>
  /** Ends every process of the server without a word; `postgres.start` brings it back, through its crash recovery. */
  kill(): Promise<void>
  remove(): Promise<void>
}

export async function createPostgresPlace(...how: Parameters<typeof createThrowawayPostgres>): Promise<PostgresPlace> {
  const postgres = await createThrowawayPostgres(...how)
  const place = await createPlaceFolders()
  const withDatabase = { ...place.environment, DATABASE_URL: postgres.url }
  let frozen: number[] = []
  const thaw = () => {
    for (const pid of frozen) process.kill(pid, 'SIGCONT')
    frozen = []
    return Promise.resolve()
  }
  return {
    place: { ...place, kind: 'postgresql', environment: withDatabase },
    postgres,
    async freeze() {
      frozen = await findProcesses(postgres.url)
      // The parent first: it would replace or reap what it sees stopped.
      for (const pid of frozen) process.kill(pid, 'SIGSTOP')
    },
    thaw,
    async kill() {
      const pids = await findProcesses(postgres.url)
      for (const pid of pids) process.kill(pid, 'SIGKILL')
      const isThere = (pid: number) => existsSync(`/proc/${pid}`)
      await until(() => Promise.resolve(pids.some(isThere) ? undefined : true), 5_000, 'The end of PostgreSQL')
    },
    async remove() {
      await thaw()
      await postgres.remove()
      await place.remove()
    },
  }
}

/** The server's main process and all of its children; it is found as the parent of one of its own backends. */
async function findProcesses(url: string): Promise<number[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
  const { stdout } = await promisify(execFile)('ps', ['-e', '-o', 'pid=,ppid='])
  await client.end()
  const processes = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
  const main = processes.find(([pid]) => pid === rows[0]!.pid)?.[1]
  if (main === undefined) throw new Error('The PostgreSQL server runs on another machine.')
  const children = processes.filter(([pid, parent]) => parent === main && pid !== rows[0]!.pid).map(([pid]) => pid!)
  return [main, ...children]
}
