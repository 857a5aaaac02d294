import { createSecretKey, randomBytes, type KeyObject } from 'node:crypto'
import path from 'node:path'
import { ensurePrivateDirectory } from '@/lib/platform/ensure-private-directory'
import { readPrivateFile } from '@/lib/platform/read-private-file'
import { writePrivateFile } from '@/lib/platform/write-private-file'
import type { Settings } from '../settings'
import { DeploymentError } from './deployment-error'

export interface LoadedMasterKey {
  readonly version: number
  /** 32 bytes. */
  readonly key: KeyObject
  /** Where it came from, for messages. */
  readonly source: string
}

/** `<32 bytes in base64url>` is version 1; `<version>.<32 bytes in base64url>` says its own. */
const masterKeyPattern = /^(?:([1-9][0-9]{0,8})\.)?([A-Za-z0-9_-]{43})$/

/**
 * The master key from where the settings say: a file, the environment, or, with the embedded database alone, a file that is
 * made at first start outside the data directory, so that a copy of that directory opens nothing (protocol.md, section 2).
 *
 * @param options.deploymentId `dep_…`: names the embedded default's file
 * @param options.isFirstStart only then a missing file is made; later its absence is an error, because another key opens nothing
 */
export async function loadMasterKey(options: {
  settings: Pick<Settings, 'masterKeyFile' | 'masterKey' | 'configDirectory' | 'databaseUrl'>
  deploymentId: string
  isFirstStart: boolean
}): Promise<LoadedMasterKey> {
  const { settings, deploymentId, isFirstStart } = options
  if (settings.masterKeyFile !== undefined) {
    const source = `COUNTERSIGN_MASTER_KEY_FILE (${settings.masterKeyFile})`
    return parseMasterKey(await readMasterKeyFile(settings.masterKeyFile, source), source)
  }
  if (settings.masterKey !== undefined) return parseMasterKey(settings.masterKey, 'COUNTERSIGN_MASTER_KEY')
  if (settings.databaseUrl !== undefined) {
    throw new DeploymentError('COUNTERSIGN_MASTER_KEY_FILE is needed with DATABASE_URL, the same on every node.')
  }
  const file = path.join(settings.configDirectory, `${deploymentId}.key`)
  if (isFirstStart) {
    await ensurePrivateDirectory(settings.configDirectory)
    await writePrivateFile(file, `${randomBytes(32).toString('base64url')}\n`)
  }
  const source = `the master key file ${file}`
  return parseMasterKey(await readMasterKeyFile(file, source), source)
}

async function readMasterKeyFile(file: string, source: string): Promise<string> {
  try {
    return (await readPrivateFile(file, { maxBytes: 1024 })).toString('latin1').trim()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      throw new DeploymentError(
        `There is no file at ${source}. The deployment's keys open with this file alone: bring it back from where it was ` +
          'backed up (it is kept outside the data directory on purpose).',
      )
    }
    throw error
  }
}

function parseMasterKey(text: string, source: string): LoadedMasterKey {
  const match = masterKeyPattern.exec(text)
  const bytes = Buffer.from(match?.[2] ?? '', 'base64url')
  // The re-encoding refuses a last character whose spare bits are set: two spellings of one key would be two files.
  if (!match || bytes.length !== 32 || bytes.toString('base64url') !== match[2]) {
    throw new DeploymentError(`${source} does not hold a master key: 32 random bytes in base64url, 43 characters.`)
  }
  const key = createSecretKey(bytes)
  bytes.fill(0)
  return { version: Number(match[1] ?? 1), key, source }
}
