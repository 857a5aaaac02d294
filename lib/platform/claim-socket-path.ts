import { lstat, stat, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { acquireDirectoryLock } from './acquire-directory-lock'
import { formatMode, quoteForShell } from './ensure-private-directory'
import { PrivatePathError } from './private-path-error'
import { assertSocketPathFits } from './reach-socket-directory'

export interface ClaimedSocketPath {
  release(): Promise<void>
}

/**
 * Makes a path free for a Unix-domain socket of this process (or of those that it looks after), until `release`. The
 * directory has to be there, and nobody else may write in it: who could put another socket in this place would answer in the
 * server's name. A socket that a process has left behind is removed, under a lock of its own (`<path>.lock`), so that of two
 * processes one gets the path and the other is told which.
 *
 * @param path absolute, shorter than 100 bytes
 */
export async function claimSocketPath(path: string): Promise<ClaimedSocketPath> {
  assertSocketPathFits(path)
  await assertNobodyElseWrites(dirname(path))
  const locked = await acquireDirectoryLock(`${path}.lock`, () => ({ pid: process.pid }))
  if (locked.outcome === 'held') {
    throw new Error(`Another process listens at ${path}: process ${String(locked.holder.pid)}.`)
  }
  try {
    await removeLeftOver(path)
  } catch (error) {
    await locked.lock.release()
    throw error
  }
  return locked.lock
}

async function assertNobodyElseWrites(directory: string): Promise<void> {
  const status = await stat(directory)
  if (!status.isDirectory()) throw new PrivatePathError(`${directory} is not a directory.`)
  if (status.uid !== process.getuid?.() && status.uid !== 0) {
    throw new PrivatePathError(`${directory} belongs to another user, who could replace the socket in it.`)
  }
  if ((status.mode & 0o022) !== 0) {
    throw new PrivatePathError(
      `Other users can write in ${directory} (mode ${formatMode(status.mode)}) and replace the socket in it. ` +
        `Close it with: chmod go-w ${quoteForShell(directory)}`,
    )
  }
}

/** Under the lock nobody of ours listens there any more. What is no socket is somebody's file. */
async function removeLeftOver(path: string): Promise<void> {
  const status = await lstat(path).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  })
  if (status === null) return
  if (!status.isSocket()) throw new PrivatePathError(`${path} is there already and is no socket.`)
  await unlink(path)
}
