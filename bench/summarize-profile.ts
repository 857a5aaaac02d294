import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { projectRoot } from '@/lib/server/project-root'
import type { MeasuredWindow } from './load/load-messages'

/** Where a thread's time went, from a `.cpuprofile` of Node.js. */
export interface ProfileSummary {
  /** Opens in the developer tools of a browser. */
  readonly file: string
  /** Measured seconds in which it did not wait. */
  readonly busySeconds: number
  readonly functions: readonly ProfileShare[]
  /** By package or bundle. */
  readonly modules: readonly ProfileShare[]
}

export interface ProfileShare {
  readonly name: string
  /** Of the busy time, 0 to 1. */
  readonly share: number
}

interface CpuProfile {
  /** On the machine's monotonic clock, as the deltas add to it, in microseconds. */
  readonly startTime: number
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

const mostFunctions = 35
const mostModules = 14

/** Only what was sampled in one of the windows counts: not the start, nor the warm-up. */
export async function summarizeProfile(file: string, windows: readonly MeasuredWindow[]): Promise<ProfileSummary> {
  // Node.js wrote it.
  const profile = JSON.parse(await readFile(file, 'utf8')) as CpuProfile
  const frames = new Map(profile.nodes.map((node) => [node.id, node.callFrame]))
  const functions = new Map<string, number>()
  const modules = new Map<string, number>()
  let busy = 0
  let atMicros = profile.startTime
  profile.samples.forEach((id, index) => {
    const frame = frames.get(id)
    const micros = profile.timeDeltas[index] ?? 0
    atMicros += micros
    if (!windows.some(({ fromMicros, toMicros }) => atMicros >= fromMicros && atMicros <= toMicros)) return
    if (!frame || frame.functionName === '(idle)') return
    busy += micros
    const moduleName = moduleOf(frame.url, frame.functionName)
    const place = frame.url === '' ? '' : ` (${moduleName}:${frame.lineNumber + 1})`
    add(functions, `${frame.functionName || 'anonymous'}${place}`, micros)
    add(modules, moduleName, micros)
  })
  return {
    file: path.relative(projectRoot(), file),
    busySeconds: busy / 1e6,
    functions: toShares(functions, busy).slice(0, mostFunctions),
    modules: toShares(modules, busy).slice(0, mostModules),
  }
}

function moduleOf(url: string, functionName: string): string {
  if (url === '') return functionName.startsWith('(') ? functionName : 'native'
  const source = url.startsWith('file:') ? fileURLToPath(url) : url
  const inPackage = /node_modules\/((?:@[^/]+\/)?[^/]+)(?!.*node_modules)/.exec(source)?.[1]
  return inPackage ?? /(?:dist\/.*|node:.*)$/.exec(source)?.[0] ?? 'other'
}

function add(shares: Map<string, number>, name: string, micros: number): void {
  shares.set(name, (shares.get(name) ?? 0) + micros)
}

function toShares(micros: ReadonlyMap<string, number>, whole: number): ProfileShare[] {
  return [...micros].map(([name, value]) => ({ name, share: value / whole })).sort((a, b) => b.share - a.share)
}
