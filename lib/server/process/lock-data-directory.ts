import { acquireDirectoryLock, type DirectoryLock } from '@/lib/platform/acquire-directory-lock'
import { stop, stopOn } from './stop'

/** What another process is told that wants the same data directory. */
export interface DirectoryHolder {
  url: string
}

/** Locks the data directory for this server, or ends the process with the name of the server that has it. */
export async function lockDataDirectory(directory: string): Promise<{ holder: DirectoryHolder; lock: DirectoryLock }> {
  const holder = { program: 'countersign server', pid: process.pid, startedAt: new Date().toISOString(), url: '' }
  const locked = await acquireDirectoryLock(directory, () => holder).catch(stopOn)
  if (locked.outcome === 'acquired') return { holder, lock: locked.lock }
  const { pid, url } = locked.holder
  const place = typeof url === 'string' && url !== '' ? ` at ${url}` : ''
  return stop(
    `Another Countersign server uses ${directory}: process ${String(pid)}${place}.\n` +
      'Use that one, stop it, or set COUNTERSIGN_DATA_DIR to another directory.',
  )
}
