import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { openDatabase } from '@/lib/server/database/open-database'
import { runMigrations } from '@/lib/server/database/run-migrations'

/** An embedded database with this version's tables and nothing in them, to be copied: making one takes seconds. */
export async function makeEmbeddedTemplate(): Promise<{ readonly folder: string; remove(): Promise<void> }> {
  const around = await mkdtemp(path.join(tmpdir(), 'countersign-template-'))
  const database = await openDatabase(
    { databaseUrl: undefined, dataDirectory: around },
    {
      onPoolError: (error) => {
        throw error
      },
    },
  )
  await runMigrations(database.pool, path.resolve(import.meta.dirname, '../../prisma/migrations'))
  await database.close()
  return {
    folder: path.join(around, 'database'),
    remove: () => rm(around, { recursive: true, force: true }),
  }
}
