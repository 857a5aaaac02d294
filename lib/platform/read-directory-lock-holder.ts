import { readdir } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { assertSocketPathFits, reachSocketDirectory } from './reach-socket-directory'

/** What the holder of a directory says about itself; empty when it holds the lock but did not answer in time. */
export type DirectoryLockHolder = Readonly<Record<string, unknown>>

const ANSWER_TIMEOUT_MS = 2_000
const MAX_ANSWER_BYTES = 64 * 1024

/** Tells who holds the lock of a directory at this moment; null when nobody does or the directory is missing. */
export async function readDirectoryLockHolder(directory: string): Promise<DirectoryLockHolder | null> {
  // The highest number can be overtaken and deleted between the listing and the question; then it is asked again.
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const highest = (await listLockNumbers(directory)).at(-1)
    if (highest === undefined) return null
    const answer = await askLockSocket(directory, highest)
    if (answer.outcome === 'held') return answer.holder
    if (answer.outcome === 'dead') return null
  }
  return null
}

/** The numbers of the `lock.<n>` files in a directory, rising; none when the directory is missing. */
export async function listLockNumbers(directory: string): Promise<number[]> {
  const names = await readdir(directory).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  })
  return names
    .flatMap((name) => /^lock\.([1-9][0-9]{0,14})$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b)
}

export type LockSocketAnswer =
  { outcome: 'held'; holder: DirectoryLockHolder } | { outcome: 'dead' } | { outcome: 'missing' }

/**
 * Asks the socket `lock.<number>` who holds it. Only the kernel's word that nobody listens (`ECONNREFUSED`) means
 * dead; silence, a full backlog or any other error means held, since a stopped process is still an owner.
 */
export async function askLockSocket(directory: string, number: number): Promise<LockSocketAnswer> {
  return reachSocketDirectory(directory, (shortPath) => {
    const path = join(shortPath, `lock.${number}`)
    assertSocketPathFits(path)
    return new Promise<LockSocketAnswer>((resolve) => {
      const chunks: Buffer[] = []
      let size = 0
      const socket = createConnection({ path })
      const finish = (answer: LockSocketAnswer): void => {
        clearTimeout(timer)
        socket.destroy()
        resolve(answer)
      }
      const held = (): void => finish({ outcome: 'held', holder: parseHolder(Buffer.concat(chunks)) })
      const timer = setTimeout(held, ANSWER_TIMEOUT_MS)
      socket.on('data', (chunk) => {
        chunks.push(chunk)
        size += chunk.length
        if (size > MAX_ANSWER_BYTES) held()
      })
      socket.once('end', held)
      socket.once('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'ECONNREFUSED') finish({ outcome: 'dead' })
        else if (error.code === 'ENOENT') finish({ outcome: 'missing' })
        else held()
      })
    })
  })
}

function parseHolder(bytes: Buffer): DirectoryLockHolder {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : {}
  } catch {
    return {}
  }
}
