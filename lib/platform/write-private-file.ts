import { randomBytes } from 'node:crypto'
import { open, rename, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/** Temporary files of {@link writePrivateFile} end like this; after a crash they are rubbish and may be deleted. */
export const TEMPORARY_SUFFIX = '.tmp'

/**
 * Writes a file with mode 0600 so that a crash at any moment leaves either the old content or the new one, whole.
 *
 * When the promise resolves, the content and the directory entry are on the disk: both are flushed.
 */
export async function writePrivateFile(path: string, data: string | Uint8Array): Promise<void> {
  const directory = dirname(path)
  const temporary = join(directory, `.${basename(path)}.${randomBytes(6).toString('hex')}${TEMPORARY_SUFFIX}`)
  const file = await open(temporary, 'wx', 0o600)
  try {
    try {
      await file.writeFile(data)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await unlink(temporary).catch(() => undefined)
    throw error
  }
  await syncDirectory(directory)
}

/** Flushes a directory, so that names made, moved or removed in it survive a power cut. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
