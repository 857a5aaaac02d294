import { createWriteStream } from 'node:fs'
import { link, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import type { Writable } from 'node:stream'
import { syncDirectory } from '@/lib/platform/write-private-file'
import { checkCopyFile } from '@/lib/server/database/copy/copy-file'
import { usageError } from './admin-error'

/**
 * A new private file that is there only when it is whole: written beside, flushed, read back and checked, and then named. A file
 * that exists is never overwritten. Input: what writes the backup into a stream and ends it. Returns its rows and bytes.
 */
export async function writeBackupFile(
  file: string,
  write: (destination: Writable) => Promise<unknown>,
): Promise<{ readonly rows: number; readonly bytes: number; readonly madeAt: string }> {
  const partial = `${file}.partial`
  const destination = createWriteStream(partial, { flags: 'wx', mode: 0o600, flush: true })
  await new Promise<void>((resolve, reject) => destination.once('open', () => resolve()).once('error', reject)).catch(
    (error: unknown) => {
      throw usageError(`Cannot write ${partial}: ${String((error as { code?: string }).code)}.`)
    },
  )
  try {
    await write(destination)
    const { header, rows } = await checkCopyFile(partial)
    const { size } = await stat(partial)
    await link(partial, file).catch((error: unknown) => {
      const { code } = error as { code?: string }
      throw usageError(code === 'EEXIST' ? `${file} exists already.` : `Cannot write ${file}: ${String(code)}.`)
    })
    await syncDirectory(path.dirname(path.resolve(file)))
    return { rows, bytes: size, madeAt: header.madeAt }
  } finally {
    destination.destroy()
    await rm(partial, { force: true })
  }
}
