import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { freePort } from '@/test/setup/free-port'
import type { CredentialPlan, LoadAddress } from '../load/load-messages'
import { serverCommand } from '@/test/setup/server-command'
import { startProcess, type StartedProcess } from '../start-process'
import { countDecisions, countEmbeddedDecisions, type BenchPostgres } from './bench-database'
import { lookAround } from './look-around'
import { prepareLoad, type BenchProfile, type CallApi } from './prepare-load'

/** Countersign as it is shipped, on an empty database: a verification node on PostgreSQL, everything in one process on PGlite. */
export interface RunningCountersign {
  readonly process: StartedProcess
  readonly address: LoadAddress
  readonly plan: CredentialPlan
  /** An operator signs in and looks around until the returned function is called. */
  useConsole(): Promise<() => Promise<void>>
  /** Ends the server and tells how many allows are on record, and where its profiles are. */
  finish(): Promise<{ readonly decisions: number; readonly profiles: readonly string[] }>
  remove(): Promise<void>
}

export interface CountersignLayout {
  readonly profile: BenchProfile
  /** A folder for what `--cpu-prof` writes; undefined to run without. */
  readonly profiles: string | undefined
  /** How many processes decide. */
  readonly processes: number
  /** The gateway asks over a Unix-domain socket of its own, without a key. On PostgreSQL only. */
  readonly overSocket: boolean
}

/** Input: a PostgreSQL server, or none for the embedded database. */
export async function startCountersign(
  postgres: BenchPostgres | undefined,
  { profile, profiles, processes, overSocket }: CountersignLayout,
): Promise<RunningCountersign> {
  const folder = await mkdtemp(path.join(tmpdir(), 'countersign-bench-'))
  const masterKeyFile = path.join(folder, 'master.key')
  await writeFile(masterKeyFile, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 })
  const database = await postgres?.createDatabase()
  if (profiles) await rm(profiles, { recursive: true, force: true })
  const profiling = profiles ? ['--cpu-prof', `--cpu-prof-dir=${profiles}`] : []
  const running: StartedProcess[] = []
  // The environment of scripts/up.mjs.
  const start = async (name: string, options: readonly string[], environment: Readonly<Record<string, string>>) => {
    const started = await startProcess([...options, ...serverCommand], {
      LOG_LEVEL: 'warn',
      PORT: String(await freePort()),
      COUNTERSIGN_DATA_DIR: await makeDirectory(folder, name),
      COUNTERSIGN_MASTER_KEY_FILE: masterKeyFile,
      XDG_CONFIG_HOME: path.join(folder, 'config'),
      ...environment,
    })
    running.push(started)
    return started
  }
  const remove = async () => {
    for (const each of running) await each.stop()
    await database?.drop()
    await rm(folder, { recursive: true, force: true })
  }
  // Embedded there is one process for everything; else the node for people runs only while it is needed.
  const startPeople = () =>
    database
      ? start('people', [], { DATABASE_URL: database.url, COUNTERSIGN_ROLE: 'console' })
      : start('people', profiling, {})
  const peopleDirectory = path.join(folder, 'people')
  try {
    const first = await startPeople()
    const prepared = await prepareLoad(await administer(first, peopleDirectory), profile)
    const socket = path.join(await makeDirectory(folder, 'gateway'), 'countersign.sock')
    const deciding = database
      ? await start('data', profiling, {
          DATABASE_URL: database.url,
          COUNTERSIGN_ROLE: 'verification',
          COUNTERSIGN_PROCESSES: String(processes),
          ...(overSocket && { COUNTERSIGN_GATEWAY_SOCKETS: `${prepared.gatewayId}=${socket}` }),
        })
      : first
    if (database) await first.stop()
    return {
      process: deciding,
      address: overSocket ? { path: socket } : { port: deciding.port },
      plan: { serverUrl: deciding.url, ...prepared.plan, ...(overSocket && { gatewayKey: undefined }) },
      async useConsole() {
        const people = database ? await startPeople() : deciding
        const use = await lookAround(people, peopleDirectory)
        return async () => {
          await use.stop()
          if (database) await people.stop()
        }
      },
      async finish() {
        await deciding.stop()
        const names = profiles ? await readdir(profiles) : []
        return {
          decisions: await (database
            ? countDecisions(database.url)
            : countEmbeddedDecisions(path.join(peopleDirectory, 'database'))),
          profiles: names.map((name) => path.join(profiles ?? '', name)),
        }
      },
      remove,
    }
  } catch (error) {
    await remove()
    throw error
  }
}

async function makeDirectory(folder: string, name: string): Promise<string> {
  const directory = path.join(folder, name)
  await mkdir(directory, { mode: 0o700, recursive: true })
  return directory
}

/** As the local administrator of a node. */
async function administer({ url }: StartedProcess, dataDirectory: string): Promise<CallApi> {
  const token = (await readFile(path.join(dataDirectory, 'admin-token'), 'utf8')).trim()
  return async <T>(method: string, apiPath: string, body?: object) => {
    const response = await fetch(`${url}/api/v1${apiPath}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${apiPath} answered ${response.status}: ${text}`)
    // The caller names the shape that this operation answers with.
    return JSON.parse(text) as T
  }
}
