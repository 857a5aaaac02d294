import { createHash, randomBytes } from 'node:crypto'
import { Client } from 'pg'
import pino from 'pino'
import { afterEach, describe, inject } from 'vitest'
import type { Database } from '@/lib/server/database/open-database'
import type { Dependencies } from '@/lib/server/dependencies'
import { openDependencies } from '@/lib/server/open-dependencies'
import { readSettings } from '@/lib/server/settings'
import { createEmbeddedPlace, createPlaceFolders, type DatabaseKind, type TestPlace } from './test-place'

export type { DatabaseKind, TestPlace }

/** A data directory, a master key and an empty database of their own. */
export async function createTestPlace(kind: DatabaseKind): Promise<TestPlace> {
  if (kind === 'embedded') return createEmbeddedPlace(inject('embeddedTemplate'))
  const folders = await createPlaceFolders()
  const name = `test_${randomBytes(8).toString('hex')}`
  await onServer(`CREATE DATABASE ${name}`)
  const url = new URL(inject('postgresUrl'))
  url.pathname = `/${name}`
  return {
    kind,
    environment: { ...folders.environment, DATABASE_URL: url.href },
    dataDirectory: folders.dataDirectory,
    async remove() {
      await onServer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
      await folders.remove()
    },
  }
}

async function onServer(sql: string): Promise<void> {
  const client = new Client({ connectionString: inject('postgresUrl') })
  await client.connect()
  await client.query(sql)
  await client.end()
}

export interface OpenedForTest {
  readonly dependencies: Dependencies
  readonly database: Database
  readonly place: TestPlace
  /** Bearer token of the local administrator, as the server would leave it in the data directory. */
  readonly localAdministratorToken: string
}

export interface OpenForTestOptions {
  readonly now?: () => Date
  readonly environment?: Record<string, string>
  /** A second node on the same database. */
  readonly place?: TestPlace
  readonly flushCounter?: SharedArrayBuffer
}

/**
 * Runs the same tests on PostgreSQL and on the embedded database. `open` gives the real wiring on an empty database
 * and is closed and removed after the test.
 */
export function forEachDatabase(
  name: string,
  define: (open: (options?: OpenForTestOptions) => Promise<OpenedForTest>, kind: DatabaseKind) => void,
): void {
  describe.each<DatabaseKind>(['postgresql', 'embedded'])(`${name} on %s`, (kind) => {
    const cleanups: (() => Promise<void>)[] = []
    afterEach(async () => {
      for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
    })
    define(async (options = {}) => {
      const place = options.place ?? (await createTestPlace(kind))
      if (!options.place) cleanups.push(() => place.remove())
      const read = readSettings({ ...place.environment, ...options.environment })
      if (read.outcome === 'refused') throw new Error(read.errors.join('\n'))
      const localAdministratorToken = `csl_${randomBytes(32).toString('base64url')}`
      const opened = await openDependencies(read.settings, {
        log: pino({ level: 'silent' }),
        localAdministratorTokenHash: createHash('sha256').update(localAdministratorToken).digest(),
        ...(options.now && { now: options.now }),
        ...(options.flushCounter && { flushCounter: options.flushCounter }),
      })
      cleanups.push(() => opened.close())
      return { dependencies: opened.dependencies, database: opened.database, place, localAdministratorToken }
    }, kind)
  })
}
