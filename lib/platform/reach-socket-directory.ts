import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/** Room in `sun_path` is 108 bytes on Linux and 104 on macOS; Node 20 cuts a longer path silently and lands elsewhere. */
const MAX_SOCKET_PATH_BYTES = 100

/** Throws for a Unix-domain socket's path that the operating system would cut. */
export function assertSocketPathFits(path: string): void {
  const bytes = Buffer.byteLength(path)
  if (bytes >= MAX_SOCKET_PATH_BYTES) {
    throw new Error(
      `The path of the Unix-domain socket ${path} has ${bytes} bytes; ` +
        `operating systems allow fewer than ${MAX_SOCKET_PATH_BYTES}. Choose a shorter path.`,
    )
  }
}

/**
 * Runs `use` with a short path to `directory`, under which sockets can be bound and connected to however long the real
 * path is: a symbolic link in a fresh 0700 directory, removed afterwards.
 *
 * A socket keeps listening when the name it was bound under is gone.
 */
export async function reachSocketDirectory<T>(directory: string, use: (shortPath: string) => Promise<T>): Promise<T> {
  const around = await mkdtemp(join(tmpdir(), 'cs-'))
  try {
    const shortPath = join(around, 'd')
    await symlink(resolve(directory), shortPath)
    return await use(shortPath)
  } finally {
    await rm(around, { recursive: true, force: true })
  }
}
