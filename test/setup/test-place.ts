import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

const execute = promisify(execFile)

export type DatabaseKind = 'postgresql' | 'embedded'

export interface TestPlace {
  readonly kind: DatabaseKind
  /** Variables that point a server, or `readSettings`, at this place. */
  readonly environment: Record<string, string>
  readonly dataDirectory: string
  remove(): Promise<void>
}

/** A data directory and a master key of their own; which database goes with them is the caller's. */
export async function createPlaceFolders(): Promise<Omit<TestPlace, 'kind'>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'countersign-test-'))
  const dataDirectory = path.join(folder, 'data')
  await mkdir(dataDirectory, { mode: 0o700 })
  const masterKeyFile = path.join(folder, 'master.key')
  await writeFile(masterKeyFile, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 })
  return {
    environment: {
      NODE_ENV: 'test',
      LOG_LEVEL: 'silent',
      COUNTERSIGN_DATA_DIR: dataDirectory,
      COUNTERSIGN_MASTER_KEY_FILE: masterKeyFile,
      XDG_CONFIG_HOME: path.join(folder, 'config'),
    },
    dataDirectory,
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

/** @param template an embedded database to copy, which saves the seconds of initdb; without it the first start makes one */
export async function createEmbeddedPlace(template?: string): Promise<TestPlace> {
  const folders = await createPlaceFolders()
  if (template !== undefined) {
    // A thousand small files, which the program copies without a callback for each.
    await execute('cp', ['-R', template, path.join(folders.dataDirectory, 'database')])
  }
  return { kind: 'embedded', ...folders }
}
