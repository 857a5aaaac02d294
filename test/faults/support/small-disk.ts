import { chmod, mkdtemp, rm, statfs, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { asRoot } from './as-root'

/** A disk of its own, in memory, that a test can fill. */
export interface SmallDisk {
  readonly folder: string
  /** Takes all that is free. */
  fill(): Promise<void>
  /** Gives it back. */
  free(): Promise<void>
  remove(): Promise<void>
}

/** Throws with clear words where nothing may be mounted. */
export async function createSmallDisk(megabytes: number): Promise<SmallDisk> {
  const folder = await mkdtemp(path.join(tmpdir(), 'countersign-disk-'))
  await asRoot('A small disk', 'mount', '-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder)
  await chmod(folder, 0o755)
  const ballast = path.join(folder, 'ballast')
  return {
    folder,
    async fill() {
      const { bavail, bsize } = await statfs(folder)
      // Whoever else writes meanwhile takes some of it, and then the last of these bytes find no room.
      await writeFile(ballast, Buffer.alloc(bavail * bsize)).catch((error: unknown) => {
        if ((error as { code?: string }).code !== 'ENOSPC') throw error
      })
    },
    free: () => rm(ballast, { force: true }),
    async remove() {
      await asRoot('The end of a small disk', 'umount', '-l', folder)
      await rm(folder, { recursive: true, force: true })
    },
  }
}
