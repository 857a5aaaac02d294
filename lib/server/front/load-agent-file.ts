import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { projectRoot } from '../project-root'

/** The agent's bundle, which the server hands out itself. */
export interface AgentFile {
  readonly bytes: Buffer
  /** Hexadecimal. */
  readonly sha256: string
}

/** Null when the bundle has not been built. */
export async function loadAgentFile(): Promise<AgentFile | null> {
  const bytes = await readFile(path.join(projectRoot(), 'dist/countersign.mjs')).catch(() => null)
  return bytes && { bytes, sha256: createHash('sha256').update(bytes).digest('hex') }
}
