import { open, unlink } from 'node:fs/promises'
import { usageError } from './admin-error'

export interface SecretFile {
  write(secret: string): Promise<void>
  /** Takes the empty file away again. */
  discard(): Promise<void>
}

/**
 * Opens a new file of mode 0600 before the secret exists, so that a path that cannot be written fails first, and not with
 * the only copy of the secret in hand. A file that exists is never overwritten.
 */
export async function openSecretFile(path: string): Promise<SecretFile> {
  const file = await open(path, 'wx', 0o600).catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    throw usageError(
      code === 'EEXIST'
        ? `${path} exists already; a secret is never written over a file.`
        : `Cannot write ${path}: ${String(code)}.`,
    )
  })
  return {
    async write(secret) {
      await file.writeFile(`${secret}\n`)
      await file.sync()
      await file.close()
    },
    async discard() {
      await file.close()
      await unlink(path)
    },
  }
}
