import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { formatMode, quoteForShell } from './ensure-private-directory'
import { PrivatePathError } from './private-path-error'

/**
 * Reads a file that holds a secret; refuses one that its group or others can open, since they may have read it too.
 *
 * The check and the read use the same open file, so that nothing can be exchanged between them.
 * A missing file is the operating system's own `ENOENT`.
 */
export async function readPrivateFile(path: string, options: { maxBytes?: number } = {}): Promise<Buffer> {
  const maxBytes = options.maxBytes ?? 1024 * 1024
  // Without O_NONBLOCK, opening a FIFO that someone put there would wait for ever.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const status = await file.stat()
    if (!status.isFile()) throw new PrivatePathError(`${path} is not a file.`)
    if ((status.mode & 0o077) !== 0) {
      throw new PrivatePathError(
        `${path} is open to other users (mode ${formatMode(status.mode)}). ` +
          `If nobody can have read it, close it with: chmod 600 ${quoteForShell(path)}`,
      )
    }
    if (status.size > maxBytes) throw new PrivatePathError(`${path} is larger than ${maxBytes} bytes.`)
    return await file.readFile()
  } finally {
    await file.close()
  }
}
