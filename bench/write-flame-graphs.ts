import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { projectRoot } from '@/lib/server/project-root'
import type { MeasuredSubject } from './measure-subject'

/** Keeps what was profiled as pictures in bench/flame-graphs; of several threads only the busiest. */
export async function writeFlameGraphs(subjects: readonly MeasuredSubject[]): Promise<void> {
  const folder = path.join(projectRoot(), 'bench/flame-graphs')
  await mkdir(folder, { recursive: true })
  for (const { name, profiles } of subjects) {
    const [busiest] = [...profiles].sort((a, b) => b.busySeconds - a.busySeconds)
    if (busiest) await writeFile(path.join(folder, `${toFileName(name)}.svg`), busiest.flameGraph)
  }
}

function toFileName(name: string): string {
  return name.replaceAll(/\W+/g, '-').replaceAll(/^-|-$/g, '').toLowerCase()
}
