import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { projectRoot } from '@/lib/server/project-root'

const begin = '<!-- figures: npm run bench -- --write -->'
const end = '<!-- end of figures -->'

/** Puts the figures between the marks of bench/README.md. Throws when the marks are not there. */
export async function writeFigures(text: string): Promise<void> {
  const file = path.join(projectRoot(), 'bench/README.md')
  const before = await readFile(file, 'utf8')
  const from = before.indexOf(begin)
  const to = before.indexOf(end)
  if (from < 0 || to < from) throw new Error('bench/README.md has lost the marks between which figures stand.')
  await writeFile(file, `${before.slice(0, from + begin.length)}\n\n${text}\n\n${before.slice(to)}`)
}
