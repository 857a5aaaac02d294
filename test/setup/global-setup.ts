import type { TestProject } from 'vitest/node'
import { makeEmbeddedTemplate } from './make-embedded-template'
import { createThrowawayPostgres } from './throwaway-postgres'

declare module 'vitest' {
  interface ProvidedContext {
    /** Maintenance database of the server that tests make their databases on. */
    postgresUrl: string
    /** Folder of an embedded database with this version's tables, to be copied. */
    embeddedTemplate: string
  }
}

/** Once a run: one PostgreSQL server (or `TEST_DATABASE_URL`), and one embedded database to copy. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.TEST_DATABASE_URL
  const server = given === undefined ? await createThrowawayPostgres() : undefined
  project.provide('postgresUrl', given ?? server?.url ?? '')
  const template = await makeEmbeddedTemplate()
  project.provide('embeddedTemplate', template.folder)
  return async () => {
    await server?.remove()
    await template.remove()
  }
}
