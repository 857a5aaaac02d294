import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { writePrivateFile } from '@/lib/platform/write-private-file'

/** Stands in a data directory whose database lives on a PostgreSQL server now, or may do so. */
const noteName = 'moved-to-postgresql'

/**
 * Two databases of one deployment would each accept a credential once. So before the other one can be whole, this directory is
 * closed: a server refuses it until somebody takes the note away.
 */
export async function closeMovedDirectory(dataDirectory: string, at: Date): Promise<void> {
  const words =
    `The database of this directory was moved, or began to be moved, to a PostgreSQL server at ${at.toISOString()}.\n` +
    'Start every node with DATABASE_URL. Only when that database is certainly not in use, and was never: delete this file.\n'
  await writePrivateFile(path.join(dataDirectory, noteName), words)
}

/** The other database said that nothing came of the move. */
export async function reopenDirectory(dataDirectory: string): Promise<void> {
  await rm(path.join(dataDirectory, noteName), { force: true })
}

/** Throws with what the note says, when there is one. */
export async function refuseMovedDirectory(dataDirectory: string): Promise<void> {
  const file = path.join(dataDirectory, noteName)
  const words = await readFile(file, 'utf8').catch((error: unknown) => {
    if ((error as { code?: string }).code === 'ENOENT') return null
    throw error
  })
  if (words !== null) throw new Error(`${words.trim()} (${file})`)
}
