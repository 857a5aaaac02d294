import { existsSync } from 'node:fs'
import path from 'node:path'
import { readDirectoryLockHolder } from '@/lib/platform/read-directory-lock-holder'
import { readPrivateFile } from '@/lib/platform/read-private-file'
import { projectRoot } from '@/lib/server/project-root'
import { readSettings, type Settings } from '@/lib/server/settings'
import { createAdminApi, type AdminApi } from './admin-api'
import { unreachable, usageError } from './admin-error'
import { connectServer } from './connect-server'
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

  // `npm run up` keeps its data beside package.json, wherever this command is typed.
  const dataDirectory = environment.COUNTERSIGN_DATA_DIR ?? path.join(projectRoot(), '.countersign')
  const read = readSettings({ ...environment, COUNTERSIGN_DATA_DIR: dataDirectory })
  if (read.outcome === 'refused')
    throw usageError(`The settings do not fit:\n${read.errors.map((error) => `  ${error}`).join('\n')}`)
  const holder = await readDirectoryLockHolder(read.settings.dataDirectory)
  return holder === null ? openHere(read.settings) : connectLocalServer(read.settings, holder)
}

async function connectLocalServer(settings: Settings, holder: Readonly<Record<string, unknown>>): Promise<AdminApi> {
  const process = typeof holder.pid === 'number' ? `process ${holder.pid}` : 'another process'
  if (typeof holder.url !== 'string' || holder.url === '') {
    throw unreachable(
      `${settings.dataDirectory} is in use by ${process}, which is not ready to answer. Try again in a moment.`,
    )
  }
  const tokenFile = path.join(settings.dataDirectory, 'admin-token')
  const token = await readTokenFile(tokenFile).catch((error: unknown) => {
    throw unreachable(
      `A server runs (${process} at ${holder.url as string}), but its token cannot be read: ${error instanceof Error ? error.message : ''}\n` +
        'Run this as the account that runs the server, or use --server and --token-file with an API token.',
    )
  })
  return createAdminApi(connectServer(holder.url, token, { allowPlainHttp: true }))
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

async function readTokenFile(file: string): Promise<string> {
  try {
    return (await readPrivateFile(file, { maxBytes: 4096 })).toString('utf8').trim()
  } catch (error) {
    throw unreachable(`Could not read the token: ${error instanceof Error ? error.message : String(error)}`)
  }
}
