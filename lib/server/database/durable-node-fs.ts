import { closeSync, fdatasyncSync, fsyncSync, openSync } from 'node:fs'
import type { PGlite } from '@electric-sql/pglite'
import { NodeFS } from '@electric-sql/pglite/nodefs'

/** The parts of an Emscripten stream that a flush needs. `nfd` is the host's descriptor; directories have none. */
interface NodeStream {
  readonly nfd?: number
  readonly node: unknown
}
interface NodeFileSystem {
  realPath(node: unknown): string
  stream_ops: { fsync?: (stream: NodeStream) => number }
}
interface EmscriptenModule {
  FS: { filesystems: { NODEFS: NodeFileSystem } }
}

/**
 * NODEFS whose `fsync` reaches the disk. Emscripten's has none, so PostgreSQL's flushes of WAL, data files and
 * directories would all succeed without doing anything, and a checkpoint would recycle WAL whose pages were never written.
 * `onFlush` is told of each flush; tests count them.
 */
export class DurableNodeFs extends NodeFS {
  readonly #onFlush: (() => void) | undefined

  constructor(directory: string, onFlush?: () => void) {
    super(directory)
    this.#onFlush = onFlush
  }

  override async init(pg: PGlite, options: Parameters<NodeFS['init']>[1]): ReturnType<NodeFS['init']> {
    const { emscriptenOpts } = await super.init(pg, options)
    const giveFsync = (module: unknown) => {
      const { NODEFS } = (module as EmscriptenModule).FS.filesystems
      NODEFS.stream_ops.fsync = (stream) => {
        this.#onFlush?.()
        if (stream.nfd !== undefined) fdatasyncSync(stream.nfd)
        else flushDirectory(NODEFS.realPath(stream.node))
        return 0
      }
    }
    return { emscriptenOpts: { ...emscriptenOpts, preRun: [...(emscriptenOpts.preRun ?? []), giveFsync] } }
  }
}

function flushDirectory(path: string): void {
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
