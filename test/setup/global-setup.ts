import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestProject } from 'vitest/node'
import { startEmbeddedDatabase } from '@/lib/server/database/start-embedded-database'
import { createThrowawayPostgres } from './throwaway-postgres'

declare module 'vitest' {
  interface ProvidedContext {
    /** Maintenance database of the server that tests make their databases on. */
    postgresUrl: string
    /** An embedded database fresh from initdb, to be copied: initdb takes seconds. */
    embeddedTemplate: string
  }
}

/** Once a run: one PostgreSQL server (or `TEST_DATABASE_URL`), and one embedded database to copy. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.TEST_DATABASE_URL
  const server = given === undefined ? await createThrowawayPostgres() : undefined
  project.provide('postgresUrl', given ?? server?.url ?? '')

  const folder = await mkdtemp(path.join(tmpdir(), 'countersign-template-'))
  const working = path.join(folder, 'working')
  await mkdir(working, { mode: 0o700 })
  const embedded = await startEmbeddedDatabase(working)
  await embedded.close()
  const template = path.join(folder, 'template')
  await cp(working, template, { recursive: true })
  project.provide('embeddedTemplate', template)

  return async () => {
    await server?.remove()
    await rm(folder, { recursive: true, force: true })
  }
}
