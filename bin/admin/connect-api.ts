import { existsSync } from 'node:fs'
import path from 'node:path'
import type { Settings } from '@/lib/server/settings'
import { createAdminApi, type AdminApi } from './admin-api'
import { unreachable, usageError } from './admin-error'
import { connectServer } from './connect-server'
import { findLocalServer, readTokenFile } from './find-local-server'
import { readAdminSettings } from './read-admin-settings'
import { readStandardInput } from './read-input'

export interface ConnectionOptions {
  readonly server?: string | undefined
  readonly tokenFile?: string | undefined
  readonly allowPlainHttp?: boolean | undefined
}

/**
 * Finds who answers: the server that was named; else the one that runs on this data directory, whose token lies there for
 * whoever may read it; and only when none runs the database itself, in this process.
 */
export async function connectApi(
  options: ConnectionOptions,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<AdminApi> {
  const server = options.server ?? environment.COUNTERSIGN_SERVER
  const tokenFile = options.tokenFile ?? environment.COUNTERSIGN_TOKEN_FILE
  if (server) {
    if (!tokenFile)
      throw usageError('--server wants --token-file too: a file with an API token, mode 0600, or - for standard input.')
    const token = tokenFile === '-' ? await readStandardInput() : await readTokenFile(tokenFile)
    return createAdminApi(connectServer(server, token, { allowPlainHttp: options.allowPlainHttp ?? false }))
  }
  if (tokenFile) throw usageError('--token-file belongs to --server, which is missing.')

  const settings = readAdminSettings(environment)
  const local = await findLocalServer(settings)
  return local === null
    ? openHere(settings)
    : createAdminApi(connectServer(local.url, local.token, { allowPlainHttp: true }))
}

/** Without a server: the same dispatcher over the database itself. Loaded only now, because it is most of the program. */
async function openHere(settings: Settings): Promise<AdminApi> {
  if (settings.databaseUrl === undefined && !existsSync(path.join(settings.dataDirectory, 'database'))) {
    throw unreachable(
      `No server runs, and ${settings.dataDirectory} holds no deployment. Start one with npm run up, or name another ` +
        'with COUNTERSIGN_DATA_DIR, or with --server and --token-file.',
    )
  }
  const { openDispatcher } = await import('./open-dispatcher')
  return createAdminApi(await openDispatcher(settings))
}
