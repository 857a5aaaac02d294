import { randomBytes } from 'node:crypto'
import pino from 'pino'
import { acquireDirectoryLock } from '@/lib/platform/acquire-directory-lock'
import { dispatchOperation } from '@/lib/server/http/dispatch-operation'
import { openDependencies } from '@/lib/server/open-dependencies'
import type { Settings } from '@/lib/server/settings'
import type { Transport } from './admin-api'
import { unreachable } from './admin-error'
import { localAdministrator } from './local-administrator'

/** The dispatcher in this process, over the database that nobody else has open. */
export async function openDispatcher(settings: Settings): Promise<Transport> {
  const locked = await acquireDirectoryLock(settings.dataDirectory, () => ({
    program: 'countersign admin',
    pid: process.pid,
  }))
  if (locked.outcome === 'held')
    throw unreachable(`${settings.dataDirectory} has just been taken by another process. Try again.`)
  const opened = await openDependencies(settings, {
    log: pino({ level: settings.logLevel === 'silent' ? 'silent' : 'error' }, pino.destination({ fd: 2, sync: true })),
    // Nobody can call over HTTP here, so nobody has this token.
    localAdministratorTokenHash: randomBytes(32),
  }).catch(async (error: unknown) => {
    await locked.lock.release()
    throw unreachable(error instanceof Error ? error.message : String(error))
  })
  return {
    async send({ method, target, body }) {
      const [path = '', query = ''] = splitOnce(target, '?')
      return dispatchOperation(opened.dependencies, {
        method,
        path,
        query,
        headers: body === undefined ? [] : [['content-type', 'application/json']],
        body: Buffer.from(body ?? ''),
        peerAddress: null,
        principal: localAdministrator,
      })
    },
    async close() {
      await opened.close()
      await locked.lock.release()
    },
  }
}

function splitOnce(text: string, separator: string): string[] {
  const index = text.indexOf(separator)
  return index === -1 ? [text] : [text.slice(0, index), text.slice(index + 1)]
}
