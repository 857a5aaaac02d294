import { chmod } from 'node:fs/promises'
import type { Server } from 'node:net'
import { claimSocketPath, type ClaimedSocketPath } from './claim-socket-path'

/**
 * Lets a server listen at a Unix-domain socket that its account and its group can open (mode 0660). Which group that is,
 * the directory says: with its set-group-ID bit the directory's own. `claimSocketPath` says who gets the path. What it
 * returns is released after the server was closed, which removes the socket.
 */
export async function listenAtSocketPath(server: Server, path: string): Promise<ClaimedSocketPath> {
  const claimed = await claimSocketPath(path)
  try {
    await listenForGroup(server, path, true)
  } catch (error) {
    await claimed.release()
    throw error
  }
  return claimed
}

/** The same in one of several processes that listen at the path together, which the process that looks after them has claimed. */
export function listenAtSharedSocketPath(server: Server, path: string): Promise<void> {
  return listenForGroup(server, path, false)
}

async function listenForGroup(server: Server, path: string, exclusive: boolean): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    // Bound under the process's umask, so until the next line nobody else can open it.
    server.listen({ path, exclusive }, () => {
      server.off('error', reject)
      resolve()
    })
  })
  await chmod(path, 0o660)
}
