import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { Client, Pool, type QueryResultRow } from 'pg'
import { startEmbeddedDatabase } from '@/lib/server/database/start-embedded-database'
import { createTestPlace, type DatabaseKind, type TestPlace } from '../../setup/open-test-dependencies'
import { startServer, type RunningServer } from '../../setup/start-server'

/** Real server processes on one database, and a way to look at the rows behind their backs. */
export interface World {
  readonly kind: DatabaseKind
  readonly place: TestPlace
  /** One entry a process; a server that is started again takes the place of the old one. */
  readonly servers: RunningServer[]
  server(index?: number): RunningServer
  /** Starts the process of this index again on the same place, with other settings where they are given. */
  restart(index?: number, environment?: Record<string, string>): Promise<RunningServer>
  /** Changes rows as time, or a later version, would: between the end of one process and the start of the next. */
  withServerStopped(statements: readonly string[]): Promise<void>
  /** Rows of the tables. The embedded database has one owner, so there this stops the server first. */
  rows<Row extends QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]>
  close(): Promise<void>
}

export interface WorldOptions {
  readonly processes?: number
  readonly environment?: Record<string, string>
  /** Settings of all processes but the first, beside `environment`; such as the role of a node that only verifies. */
  readonly environmentOfOthers?: Record<string, string>
  /** A database of the caller's instead of a fresh one. */
  readonly place?: TestPlace
}

/** Starts `processes` servers on one fresh database (embedded: one, whatever was asked for). */
export async function openWorld(kind: DatabaseKind, options: WorldOptions = {}): Promise<World> {
  const place = options.place ?? (await createTestPlace(kind))
  const processes = kind === 'embedded' ? 1 : (options.processes ?? 1)
  const places = await Promise.all(Array.from({ length: processes }, (_, index) => placeOfProcess(place, index)))
  const environment = options.environment ?? {}
  const environmentOf = (index: number) => ({ ...environment, ...(index > 0 && options.environmentOfOthers) })
  const servers: RunningServer[] = []
  // One after the other: the first one makes the deployment.
  for (const [index, own] of places.entries()) {
    servers.push(await startServer(own, { environment: environmentOf(index) }))
  }

  let pool: Pool | undefined
  let embedded: { close(): Promise<void> } | undefined
  const stopServers = () => Promise.all(servers.map((server) => server.stop()))
  const openPool = async () => {
    if (kind === 'postgresql') return new Pool({ connectionString: place.environment.DATABASE_URL, max: 4 })
    await stopServers()
    const opened = await startEmbeddedDatabase(path.join(place.dataDirectory, 'database'))
    embedded = opened
    return new Pool({ host: opened.host, port: opened.port, user: 'postgres', database: 'postgres', max: 1 })
  }
  const server = (index = 0) => servers[index % servers.length]!
  return {
    kind,
    place,
    servers,
    server,
    async restart(index = 0, changes = {}) {
      // On the same port: machines know the server by it.
      const started = await startServer(places[index]!, {
        environment: { ...environmentOf(index), ...changes },
        port: servers[index]!.port,
      })
      servers[index] = started
      return started
    },
    async withServerStopped(statements) {
      await servers[0]!.stop()
      const opened =
        kind === 'embedded' ? await startEmbeddedDatabase(path.join(place.dataDirectory, 'database')) : null
      const client = new Client(
        opened
          ? { host: opened.host, port: opened.port, user: 'postgres', database: 'postgres' }
          : { connectionString: place.environment.DATABASE_URL },
      )
      await client.connect()
      for (const statement of statements) await client.query(statement)
      await client.end()
      await opened?.close()
      servers[0] = await startServer(places[0]!, { environment, port: servers[0]!.port })
    },
    async rows<Row extends QueryResultRow>(sql: string, values: unknown[] = []) {
      pool ??= await openPool()
      return (await pool.query<Row>(sql, values)).rows
    },
    async close() {
      await pool?.end()
      await embedded?.close()
      await stopServers()
      await place.remove()
    },
  }
}

/** A node of its own: same database and master key, another data directory. */
async function placeOfProcess(place: TestPlace, index: number): Promise<TestPlace> {
  if (index === 0) return place
  const dataDirectory = `${place.dataDirectory}-${index}`
  await mkdir(dataDirectory, { mode: 0o700 })
  return {
    ...place,
    dataDirectory,
    environment: { ...place.environment, COUNTERSIGN_DATA_DIR: dataDirectory },
  }
}
