import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Worker } from 'node:worker_threads'
import { projectRoot } from '../project-root'
import type { EmbeddedDatabaseData } from './pglite-worker'

export interface EmbeddedDatabase {
  /** Folder of the Unix socket, as `pg` takes it for `host`. */
  readonly host: string
  readonly port: number
  close(): Promise<void>
}

/** Node 20 cuts a longer socket path silently and listens somewhere else. */
const longestSocketPath = 100

/**
 * Starts the embedded database on a directory that the caller has locked.
 * Throws when PGlite cannot open it or the socket's path is too long.
 */
export async function startEmbeddedDatabase(
  directory: string,
  flushCounter?: SharedArrayBuffer,
): Promise<EmbeddedDatabase> {
  const host = await mkdtemp(path.join(tmpdir(), 'countersign-'))
  const port = 5432
  const socketPath = path.join(host, `.s.PGSQL.${port}`)
  if (Buffer.byteLength(socketPath) > longestSocketPath) {
    throw new Error(
      `The temporary folder's path is too long for a Unix socket (${socketPath}): set TMPDIR to a shorter one.`,
    )
  }
  const program = await compileOnce()
  const workerData: EmbeddedDatabaseData = { directory, socketPath, program, ...(flushCounter && { flushCounter }) }
  const worker = new Worker(path.join(projectRoot(), 'dist/pglite-worker.mjs'), { workerData })
  await new Promise<void>((resolve, reject) => {
    worker.once('message', () => resolve())
    worker.once('error', reject)
    worker.once('exit', (code) => reject(new Error(`The embedded database ended at its start (exit ${code}).`)))
  })
  worker.removeAllListeners()
  return {
    host,
    port,
    async close() {
      const ended = new Promise((resolve) => worker.once('exit', resolve))
      worker.postMessage('stop')
      await ended
      await rm(host, { recursive: true, force: true })
    },
  }
}

let compiled: Promise<WebAssembly.Module> | undefined

/** PGlite's nine megabytes of WebAssembly; threads share what one of them compiled. */
function compileOnce(): Promise<WebAssembly.Module> {
  const entry = createRequire(path.join(projectRoot(), 'package.json')).resolve('@electric-sql/pglite')
  compiled ??= readFile(path.join(path.dirname(entry), 'pglite.wasm')).then((bytes) => WebAssembly.compile(bytes))
  return compiled
}
