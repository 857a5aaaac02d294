// The embedded database: PGlite in a worker thread, reached through a Unix socket like a PostgreSQL server.
// Runs in a thread of its own, because PGlite computes on the thread that calls it.

import { closeSync, existsSync, fsyncSync, openSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'
import { DurableNodeFs } from './durable-node-fs'

export interface EmbeddedDatabaseData {
  readonly directory: string
  readonly socketPath: string
  /** PGlite, compiled. */
  readonly program: WebAssembly.Module
  /** Flushes are counted here when given; a test proves that a commit reaches the disk. */
  readonly flushCounter?: SharedArrayBuffer
}

/** Starts PGlite on the directory, listens on the socket, says `ready`, and stops when told to. */
async function run(data: EmbeddedDatabaseData): Promise<void> {
  if (!parentPort) throw new Error('The embedded database runs in a worker thread.')
  const counter = data.flushCounter && new Int32Array(data.flushCounter)
  const isNew = !existsSync(path.join(data.directory, 'PG_VERSION'))
  const fs = new DurableNodeFs(data.directory, counter && (() => Atomics.add(counter, 0, 1)))
  // -F is PostgreSQL's "do not fsync"; the rest of PGlite's own parameters stay.
  const kept = PGlite.defaultStartParams.filter((parameter) => parameter !== '-F')
  const db = await PGlite.create({
    fs,
    relaxedDurability: false,
    pgliteWasmModule: data.program,
    startParams: [...kept, '-c', 'fsync=on', '-c', 'wal_sync_method=fsync', '-c', 'full_page_writes=on'],
  })
  if (isNew) flushTree(data.directory)
  const server = new PGLiteSocketServer({ db, path: data.socketPath, maxConnections: 1 })
  await server.start()
  parentPort.on('message', () => {
    void server
      .stop()
      .then(() => db.close())
      .finally(() => process.exit(0))
  })
  parentPort.postMessage('ready')
}

/** PGlite's initdb writes thousands of files without a flush; after this they survive a power cut. */
function flushTree(directory: string): void {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const child = path.join(directory, entry.name)
    if (entry.isDirectory()) flushTree(child)
    else if (entry.isFile()) flush(child)
  }
  flush(directory)
}

function flush(file: string): void {
  const descriptor = openSync(file, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

await run(workerData as EmbeddedDatabaseData)
