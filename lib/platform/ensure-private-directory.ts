import { mkdir, stat } from 'node:fs/promises'
import { PrivatePathError } from './private-path-error'

/**
 * Makes sure that a directory exists, belongs to this process's user and opens for nobody else.
 *
 * A missing directory (and its missing parents) is made with mode 0700. One that exists is never changed: whoever
 * widened it may have had a reason, and whatever lies in it may have been read already. Not checked: the parents of an
 * existing directory, and access control lists beyond the mode bits.
 */
export async function ensurePrivateDirectory(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const status = await stat(directory)
  if (!status.isDirectory()) throw new PrivatePathError(`${directory} is not a directory.`)
  const uid = process.getuid?.()
  if (uid !== undefined && status.uid !== uid) {
    throw new PrivatePathError(
      `${directory} belongs to user id ${status.uid}, this process runs as user id ${uid}. ` +
        'Run as the owner, or choose another directory.',
    )
  }
  if ((status.mode & 0o077) !== 0) {
    throw new PrivatePathError(
      `${directory} is open to other users (mode ${formatMode(status.mode)}). ` +
        `If nobody can have read it, close it with: chmod 700 ${quoteForShell(directory)}`,
    )
  }
}

/** The permission bits as `chmod` writes them: `0755`. */
export function formatMode(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, '0')
}

/** A path as a POSIX shell reads it back unchanged. */
export function quoteForShell(text: string): string {
  return /^[\w./:@%+,=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
