import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * The folder with package.json: bundled code runs from `dist/`, tests from the sources, and both need
 * `prisma/migrations` and the worker's bundle. Throws when there is none, which means a broken installation.
 */
export function projectRoot(): string {
  let folder = path.dirname(fileURLToPath(import.meta.url))
  while (!existsSync(path.join(folder, 'package.json'))) {
    const parent = path.dirname(folder)
    if (parent === folder) throw new Error('No package.json above the program: the installation is not complete.')
    folder = parent
  }
  return folder
}

/** Where this version's migrations lie. */
export function migrationsFolder(): string {
  return path.join(projectRoot(), 'prisma/migrations')
}

/** The version that runs. */
export async function readVersion(): Promise<string> {
  const text = await readFile(path.join(projectRoot(), 'package.json'), 'utf8')
  // Our own file: it has a version.
  return (JSON.parse(text) as { version: string }).version
}
