import { randomBytes } from 'node:crypto'
import { link, readdir, unlink } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { ensurePrivateDirectory } from './ensure-private-directory'
import { assertSocketPathFits, reachSocketDirectory } from './reach-socket-directory'
import { askLockSocket, listLockNumbers, type DirectoryLockHolder } from './read-directory-lock-holder'

export interface DirectoryLock {
  /** Gives the directory free. The dead socket stays behind: its number must never be used again. */
  release(): Promise<void>
}

export type DirectoryLockOutcome =
  { outcome: 'acquired'; lock: DirectoryLock } | { outcome: 'held'; holder: DirectoryLockHolder }

const MAX_ATTEMPTS = 100
const TEMPORARY_PREFIX = '.lock-'

/**
 * Locks a directory for this process alone, until `release` or until the process ends, however it ends.
 *
 * The directory holds files `lock.<n>`, `n` rising. The holder owns the highest and listens on it as a Unix-domain
 * socket, so that the kernel itself ends the lock with the process: no process id that another program may wear by
 * now, no timeout, no native module. A contender connects to the highest; only when nobody listens there does it make
 * the next number, by `link()` of a socket that listens already: atomic, exclusive, never seen half made.
 *
 * Whoever connects is told `describe()` as JSON, asked anew each time, so that what it says may change while the lock
 * is held. Put no secret into it. The directory is made 0700 if missing, and refused if it is open to others. The lock
 * does not keep the process alive. It does not reach over network file systems.
 */
export async function acquireDirectoryLock(directory: string, describe: () => object): Promise<DirectoryLockOutcome> {
  await ensurePrivateDirectory(directory)
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const highest = (await listLockNumbers(directory)).at(-1) ?? 0
    if (highest > 0) {
      const answer = await askLockSocket(directory, highest)
      if (answer.outcome === 'held') return answer
      if (answer.outcome === 'missing') continue
    }
    const mine = highest + 1
    const listening = await listenAt(directory, mine, describe)
    if (listening === null) continue
    const numbers = await listLockNumbers(directory)
    if (numbers.at(-1) === mine) {
      await deleteLeftOvers(directory, numbers.slice(0, -1))
      return { outcome: 'acquired', lock: { release: () => listening.close() } }
    }
    // A contender that slept since its first listing can make a number that others have passed and deleted.
    await listening.close()
    await unlink(join(directory, `lock.${mine}`)).catch(() => undefined)
  }
  throw new Error(`Could not lock ${directory}: other processes keep taking and leaving it.`)
}

/** Listens as `lock.<number>`; null when another process was faster. */
async function listenAt(
  directory: string,
  number: number,
  describe: () => object,
): Promise<{ close(): Promise<void> } | null> {
  const temporaryName = `${TEMPORARY_PREFIX}${randomBytes(6).toString('hex')}`
  const askers = new Set<Socket>()
  const server = createServer((socket) => {
    socket.unref()
    askers.add(socket)
    socket.once('close', () => askers.delete(socket))
    socket.on('error', () => undefined)
    socket.end(JSON.stringify(describe()))
  })
  server.unref()
  const temporary = join(directory, temporaryName)
  await reachSocketDirectory(directory, async (shortPath) => {
    const path = join(shortPath, temporaryName)
    assertSocketPathFits(path)
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ path, exclusive: true }, () => {
        server.off('error', reject)
        resolve()
      })
    })
  })
  // From here a failed accept (out of descriptors) costs a contender the holder's name, never this process.
  server.on('error', () => undefined)
  try {
    await link(temporary, join(directory, `lock.${number}`))
    return { close: () => closeServer(server, askers) }
  } catch (error) {
    await closeServer(server, askers)
    // ENOENT: the winner has swept up the temporary name meanwhile.
    if (error instanceof Error && 'code' in error && (error.code === 'EEXIST' || error.code === 'ENOENT')) return null
    throw error
  } finally {
    // Node unlinks at close the name it bound, which is this one by the short path: gone by then, so nothing happens.
    await unlink(temporary).catch(() => undefined)
  }
}

async function closeServer(server: Server, askers: ReadonlySet<Socket>): Promise<void> {
  // Who waits for the release has to live until it is done: with nothing but unreferenced handles left Node would end
  // in the middle of it. And a contender that is just asking must not hold it up.
  server.ref()
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  for (const socket of askers) {
    socket.ref()
    socket.destroy()
  }
  await closed
}

/** Deletes lower numbers, and temporary names of processes that died between listening and naming. */
async function deleteLeftOvers(directory: string, numbers: readonly number[]): Promise<void> {
  const temporaryNames = (await readdir(directory)).filter((name) => name.startsWith(TEMPORARY_PREFIX))
  for (const name of [...numbers.map((number) => `lock.${number}`), ...temporaryNames]) {
    await unlink(join(directory, name)).catch(() => undefined)
  }
}
