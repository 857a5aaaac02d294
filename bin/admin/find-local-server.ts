import path from 'node:path'
import { readDirectoryLockHolder } from '@/lib/platform/read-directory-lock-holder'
import { readPrivateFile } from '@/lib/platform/read-private-file'
import type { Settings } from '@/lib/server/settings'
import { unreachable } from './admin-error'

/**
 * The server that runs on this data directory, with the token that lies there for whoever may read it; null when none runs.
 * Throws when one runs that cannot be asked.
 */
export async function findLocalServer(
  settings: Pick<Settings, 'dataDirectory'>,
): Promise<{ readonly url: string; readonly token: string } | null> {
  const holder = await readDirectoryLockHolder(settings.dataDirectory)
  if (holder === null) return null
  const process = typeof holder.pid === 'number' ? `process ${holder.pid}` : 'another process'
  const { url } = holder
  if (typeof url !== 'string' || url === '') {
    throw unreachable(
      `${settings.dataDirectory} is in use by ${process}, which is not ready to answer. Try again in a moment.`,
    )
  }
  const token = await readTokenFile(path.join(settings.dataDirectory, 'admin-token')).catch((error: unknown) => {
    throw unreachable(
      `A server runs (${process} at ${url}), but its token cannot be read: ${error instanceof Error ? error.message : ''}\n` +
        'Run this as the account that runs the server, or use --server and --token-file with an API token. A node that only\n' +
        'verifies keeps no token: beside it, give DATABASE_URL and a COUNTERSIGN_DATA_DIR of your own.',
    )
  })
  return { url, token }
}

/** A token in a private file, without its line end. */
export async function readTokenFile(file: string): Promise<string> {
  try {
    return (await readPrivateFile(file, { maxBytes: 4096 })).toString('utf8').trim()
  } catch (error) {
    throw unreachable(`Could not read the token: ${error instanceof Error ? error.message : String(error)}`)
  }
}
