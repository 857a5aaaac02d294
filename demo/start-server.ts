import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Cleanups } from '@/bench/cleanups'
import { startProcess, type StartedProcess } from '@/bench/start-process'
import { serverCommand } from '@/test/setup/server-command'

export interface DemoServer {
  readonly process: StartedProcess
  readonly dataDirectory: string
  /** As people and machines write it. */
  readonly url: string
}

/** Countersign as `npm run up` starts it, with a data directory and a master key in the demo's folder. */
export async function startServer(folder: string, port: number, cleanups: Cleanups): Promise<DemoServer> {
  const dataDirectory = path.join(folder, 'data')
  await mkdir(dataDirectory, { mode: 0o700 })
  const masterKeyFile = path.join(folder, 'master.key')
  await writeFile(masterKeyFile, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 })
  const started = await startProcess(serverCommand, {
    LOG_LEVEL: 'warn',
    HOST: '127.0.0.1',
    PORT: String(port),
    COUNTERSIGN_DATA_DIR: dataDirectory,
    COUNTERSIGN_MASTER_KEY_FILE: masterKeyFile,
    COUNTERSIGN_TRUST_DOMAIN: 'meridian.example',
    XDG_CONFIG_HOME: path.join(folder, 'config'),
  })
  cleanups.add(() => started.stop())
  return { process: started, dataDirectory, url: `http://localhost:${port}` }
}
