import type { Writable } from 'node:stream'
import type { AuditActor } from '@/lib/domain/audit/audit-action'
import { writeCopyFile } from '../database/copy/copy-file'
import { readCopy } from '../database/copy/read-copy'
import type { Database } from '../database/open-database'
import { recordDatabaseEvent } from './record-database-event'

/**
 * Writes a backup of the whole database, as it is at one moment, into a stream that takes bytes as fast as a disk does; ends it.
 * The database goes on serving. What is in the backup is what is in the database: no secret that acts without the master
 * key, which is not in it. Returns the number of rows.
 */
export async function writeBackup(
  database: Pick<Database, 'kind' | 'pool' | 'prisma'>,
  destination: Writable,
  options: { readonly actor: AuditActor; readonly now: () => Date },
): Promise<number> {
  const { actor, now } = options
  // Before the copy: a backup says of itself who made it, and one that fails half-way was still asked for.
  await recordDatabaseEvent(database, {
    action: 'deployment.backup',
    actor,
    reason: 'The whole database, without the master key.',
    at: now(),
  })
  return writeCopyFile(readCopy(database), destination)
}
