import { acquireDirectoryLock } from '@/lib/platform/acquire-directory-lock'
import { unreachable } from './admin-error'

/** Runs `work` while this process alone has the data directory. Throws when a server or another command has it. */
export async function holdDirectory<Value>(directory: string, work: () => Promise<Value>): Promise<Value> {
  const self = { program: 'countersign admin', pid: process.pid }
  const locked = await acquireDirectoryLock(directory, () => self)
  if (locked.outcome === 'held') {
    const { pid } = locked.holder
    const holder = typeof pid === 'number' ? `process ${pid}` : 'another process'
    throw unreachable(`${directory} is in use by ${holder}. Stop it first; nothing was changed.`)
  }
  try {
    return await work()
  } finally {
    await locked.lock.release()
  }
}
