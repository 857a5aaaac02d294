import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { freePort } from '@/test/setup/throwaway-postgres'
import { startProcess, type StartedProcess } from '../start-process'
import { lookAround } from './look-around'
import { countDecisions, countEmbeddedDecisions, type BenchPostgres } from './bench-database'

/** Countersign as it is shipped, on an empty database: a verification node on PostgreSQL, everything in one process on PGlite. */
export interface RunningCountersign {
  readonly process: StartedProcess
  /** Calls the management API as the local administrator. Throws unless it answers 2xx. */
  api<T>(method: string, apiPath: string, body?: object): Promise<T>
  /** Ends the node for people, which is not measured; embedded there is one process for everything. */
  prepared(): Promise<void>
  /** An operator signs in and looks around until the returned function is called. */
  useConsole(): Promise<() => Promise<void>>
  /** Ends the server and tells how many allows are on record, and where its profiles are. */
  finish(): Promise<{ readonly decisions: number; readonly profiles: readonly string[] }>
  remove(): Promise<void>
}

/**
 * Input: a PostgreSQL server, or none for the embedded database; a folder for profiles, or none to run without; how many
 * processes decide.
 */
export async function startCountersign(
  postgres: BenchPostgres | undefined,
  profileDirectory: string | undefined,
  processes: number,
): Promise<RunningCountersign> {
  const folder = await mkdtemp(path.join(tmpdir(), 'countersign-bench-'))
  const dataDirectory = path.join(folder, 'data')
  const masterKeyFile = path.join(folder, 'master.key')
  await writeFile(masterKeyFile, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 })
  const database = await postgres?.createDatabase()
  if (profileDirectory) await rm(profileDirectory, { recursive: true, force: true })
  const profiling = profileDirectory ? ['--cpu-prof', `--cpu-prof-dir=${profileDirectory}`] : []
  // The command and the environment of scripts/up.mjs.
  const start = async (name: string, options: readonly string[], environment: Readonly<Record<string, string>>) => {
    const dataDirectory = path.join(folder, name)
    await mkdir(dataDirectory, { mode: 0o700, recursive: true })
    return startProcess([...options, '--enable-source-maps', 'dist/server.mjs'], {
      LOG_LEVEL: 'warn',
      PORT: String(await freePort()),
      COUNTERSIGN_DATA_DIR: dataDirectory,
      COUNTERSIGN_MASTER_KEY_FILE: masterKeyFile,
      XDG_CONFIG_HOME: path.join(folder, 'config'),
      ...environment,
    })
  }
  const started = database
    ? await start('data', profiling, {
        DATABASE_URL: database.url,
        COUNTERSIGN_ROLE: 'verification',
        COUNTERSIGN_PROCESSES: String(processes),
      })
    : await start('data', profiling, {})
  const startPeople = () =>
    database ? start('console', [], { DATABASE_URL: database.url, COUNTERSIGN_ROLE: 'console' }) : started
  let people = await startPeople()
  const peopleDirectory = path.join(folder, database ? 'console' : 'data')
  const token = (await readFile(path.join(peopleDirectory, 'admin-token'), 'utf8')).trim()
  return {
    process: started,
    async api<T>(method: string, apiPath: string, body?: object) {
      const response = await fetch(`${people.url}/api/v1${apiPath}`, {
        method,
        headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
        ...(body && { body: JSON.stringify(body) }),
      })
      const text = await response.text()
      if (!response.ok) throw new Error(`${method} ${apiPath} answered ${response.status}: ${text}`)
      // The caller names the shape that this operation answers with.
      return JSON.parse(text) as T
    },
    async prepared() {
      if (people !== started) await people.stop()
    },
    async useConsole() {
      people = await startPeople()
      const use = await lookAround(people, peopleDirectory)
      return async () => {
        await use.stop()
        if (people !== started) await people.stop()
      }
    },
    async finish() {
      await started.stop()
      const names = profileDirectory ? await readdir(profileDirectory) : []
      return {
        decisions: await (database
          ? countDecisions(database.url)
          : countEmbeddedDecisions(path.join(dataDirectory, 'database'))),
        profiles: names.map((name) => path.join(profileDirectory ?? '', name)),
      }
    },
    async remove() {
      await people.stop()
      await started.stop()
      await database?.drop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
