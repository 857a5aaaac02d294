import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism, totalmem } from 'node:os'
import path from 'node:path'
import { projectRoot } from '@/lib/server/project-root'

/** What the figures depend on; no names and no paths. Input: the PostgreSQL server's version, where one was used. */
export function readMachineFacts(postgres: string | undefined): string[] {
  const require = createRequire(path.join(projectRoot(), 'package.json'))
  // Its package.json is not exported, so the file is read.
  const versionOf = (name: string) => {
    const folder = path.join(projectRoot(), 'node_modules', name, 'package.json')
    return (require(folder) as { version: string }).version
  }
  return [
    `${availableParallelism()} cores of ${readProcessorModel()}, ${Math.round(totalmem() / 2 ** 30)} GiB of memory`,
    `Node.js ${process.versions.node} on ${process.platform}`,
    ...(postgres === undefined ? [] : [`${postgres} on the same machine, its default settings (fsync on)`]),
    `PGlite ${versionOf('@electric-sql/pglite')}, Next.js ${versionOf('next')}, oidc-provider ${versionOf('oidc-provider')}`,
  ]
}

function readProcessorModel(): string {
  try {
    return /^model name\s*: (.+)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? 'an unnamed processor'
  } catch {
    return 'an unnamed processor'
  }
}
