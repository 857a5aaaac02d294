import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { maintainPartitions } from '@/lib/server/database/maintain-partitions'
import { openDatabase } from '@/lib/server/database/open-database'
import { runMigrations } from '@/lib/server/database/run-migrations'

/** An embedded database with this version's tables and nothing in them, to be copied: making one takes seconds. */
export async function makeEmbeddedTemplate(): Promise<{ readonly folder: string; remove(): Promise<void> }> {
  const around = await mkdtemp(path.join(tmpdir(), 'countersign-template-'))
  const database = await openDatabase(
    { databaseUrls: [], dataDirectory: around },
    {
      onPoolError: (error) => {
        throw error
      },
      onMove: () => undefined,
    },
  )
  await runMigrations(database.pool, path.resolve(import.meta.dirname, '../../prisma/migrations'))
  // Those of today; an open later than midnight adds its own.
  await maintainPartitions(database.pool, 90)
  await database.close()
  return {
    folder: path.join(around, 'database'),
    remove: () => rm(around, { recursive: true, force: true }),
  }
}
