import path from 'node:path'
import { projectRoot } from '@/lib/server/project-root'
import type { MeasuredWindow } from './load/load-messages'
import { moduleOf, readCpuProfile } from './read-cpu-profile'
import { renderFlameGraph } from './render-flame-graph'

/** Where a thread's time went, from a `.cpuprofile` of Node.js. */
export interface ProfileSummary {
  /** Opens in the developer tools of a browser. */
  readonly file: string
  /** Measured seconds in which it did not wait. */
  readonly busySeconds: number
  readonly functions: readonly ProfileShare[]
  /** By package or bundle. */
  readonly modules: readonly ProfileShare[]
  /** The same as a picture: SVG. */
  readonly flameGraph: string
}

export interface ProfileShare {
  readonly name: string
  /** Of the busy time, 0 to 1. */
  readonly share: number
}

const mostFunctions = 35
const mostModules = 14

/** Only what was sampled in one of the windows counts: not the start, nor the warm-up. */
export async function summarizeProfile(
  subject: string,
  file: string,
  windows: readonly MeasuredWindow[],
): Promise<ProfileSummary> {
  const profile = await readCpuProfile(file, windows)
  const functions = new Map<string, number>()
  const modules = new Map<string, number>()
  let busy = 0
  for (const [id, micros] of profile.selfMicros) {
    const frame = profile.frames.get(id)
    if (!frame) continue
    busy += micros
    const { functionName, url, lineNumber } = frame.callFrame
    const moduleName = moduleOf(frame)
    const place = url === '' ? '' : ` (${moduleName}:${lineNumber + 1})`
    add(functions, `${functionName || 'anonymous'}${place}`, micros)
    add(modules, moduleName, micros)
  }
  return {
    file: path.relative(projectRoot(), file),
    busySeconds: busy / 1e6,
    functions: toShares(functions, busy).slice(0, mostFunctions),
    modules: toShares(modules, busy).slice(0, mostModules),
    flameGraph: renderFlameGraph(subject, profile),
  }
}

function add(shares: Map<string, number>, name: string, micros: number): void {
  shares.set(name, (shares.get(name) ?? 0) + micros)
}

function toShares(micros: ReadonlyMap<string, number>, whole: number): ProfileShare[] {
  return [...micros].map(([name, value]) => ({ name, share: value / whole })).sort((a, b) => b.share - a.share)
}
