import { createWriteStream } from 'node:fs'
import { link, open, unlink } from 'node:fs/promises'
import path from 'node:path'
import type { Writable } from 'node:stream'
import { syncDirectory } from '@/lib/platform/write-private-file'
import { checkCopyFile } from '@/lib/server/database/copy/copy-file'
import { usageError } from './admin-error'

/**
 * A new private file that is there only when it is whole: written beside, read back and checked, flushed, and then named. A file
 * that exists is never overwritten. Input: what writes the backup into a stream and ends it. Returns its rows and bytes.
 */
export async function writeBackupFile(
  file: string,
  write: (destination: Writable) => Promise<unknown>,
): Promise<{ readonly rows: number; readonly bytes: number; readonly madeAt: string }> {
  const partial = `${file}.partial`
  const handle = await open(partial, 'wx', 0o600).catch((error: unknown) => {
    throw usageError(`Cannot write ${partial}: ${String((error as { code?: string }).code)}.`)
  })
  try {
    await write(createWriteStream(partial, { fd: handle, autoClose: false }))
    await handle.sync()
    const { size } = await handle.stat()
    const { header, rows } = await checkCopyFile(partial)
    await link(partial, file).catch((error: unknown) => {
      const { code } = error as { code?: string }
      throw usageError(code === 'EEXIST' ? `${file} exists already.` : `Cannot write ${file}: ${String(code)}.`)
    })
    await syncDirectory(path.dirname(path.resolve(file)))
    return { rows, bytes: size, madeAt: header.madeAt }
  } finally {
    await handle.close()
    await unlink(partial)
  }
}
