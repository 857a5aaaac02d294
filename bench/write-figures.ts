import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { projectRoot } from '@/lib/server/project-root'

/** The parts of bench/README.md that a run writes: the marks before and after them. */
const marks = {
  decisions: ['<!-- figures: npm run bench -- --write -->', '<!-- end of figures -->'],
  data: ['<!-- figures: npm run bench:data -- --write -->', '<!-- end of figures of data -->'],
} as const

/** Puts figures between their marks in bench/README.md. Throws when the marks are not there. */
export async function writeFigures(part: keyof typeof marks, text: string): Promise<void> {
  const [begin, end] = marks[part]
  const file = path.join(projectRoot(), 'bench/README.md')
  const before = await readFile(file, 'utf8')
  const from = before.indexOf(begin)
  const to = before.indexOf(end)
  if (from < 0 || to < from) throw new Error('bench/README.md has lost the marks between which figures stand.')
  await writeFile(file, `${before.slice(0, from + begin.length)}\n\n${text}\n\n${before.slice(to)}`)
}
