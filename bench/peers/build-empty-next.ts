import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { projectRoot } from '@/lib/server/project-root'

const files = ['next.config.mjs', 'app/empty/route.ts']

/**
 * Builds bench/empty-next in a folder of its own below .cache (Next.js writes into the folder it builds), unless it was
 * built from the same files by the same Next.js. Returns that folder.
 */
export async function buildEmptyNext(): Promise<string> {
  const root = projectRoot()
  const source = path.join(root, 'bench/empty-next')
  const target = path.join(root, '.cache/bench/empty-next')
  const stamp = path.join(target, 'stamp')
  const hash = createHash('sha256').update(process.version)
  hash.update(await readFile(path.join(root, 'node_modules/next/package.json')))
  for (const file of files) hash.update(await readFile(path.join(source, file)))
  const wanted = hash.digest('hex')
  if ((await readFile(stamp, 'utf8').catch(() => '')) === wanted) return target

  await rm(target, { recursive: true, force: true })
  await mkdir(target, { recursive: true })
  await cp(source, target, { recursive: true })
  const child = spawn(process.execPath, [path.join(root, 'node_modules/next/dist/bin/next'), 'build'], {
    cwd: target,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' },
  })
  const code = await new Promise((resolve) => child.once('exit', resolve))
  if (code !== 0) throw new Error('The empty Next.js app could not be built.')
  await writeFile(stamp, wanted)
  return target
}
