import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

/** Where a thread's time went, from a `.cpuprofile` of Node.js. */
export interface ProfileSummary {
  /** Seconds in which it did not wait. */
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
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

const mostFunctions = 35
const mostModules = 14

export async function summarizeProfile(file: string): Promise<ProfileSummary> {
  // Node.js wrote it.
  const profile = JSON.parse(await readFile(file, 'utf8')) as CpuProfile
  const frames = new Map(profile.nodes.map((node) => [node.id, node.callFrame]))
  const functions = new Map<string, number>()
  const modules = new Map<string, number>()
  let busy = 0
  profile.samples.forEach((id, index) => {
    const frame = frames.get(id)
    const micros = profile.timeDeltas[index] ?? 0
    if (!frame || frame.functionName === '(idle)') return
    busy += micros
    const moduleName = moduleOf(frame.url, frame.functionName)
    const place = frame.url === '' ? '' : ` (${moduleName}:${frame.lineNumber + 1})`
    add(functions, `${frame.functionName || 'anonymous'}${place}`, micros)
    add(modules, moduleName, micros)
  })
  return {
    busySeconds: busy / 1e6,
    functions: toShares(functions, busy).slice(0, mostFunctions),
    modules: toShares(modules, busy).slice(0, mostModules),
  }
}

function moduleOf(url: string, functionName: string): string {
  if (url === '') return functionName.startsWith('(') ? functionName : 'native'
  const path = url.startsWith('file:') ? fileURLToPath(url) : url
  const inPackage = /node_modules\/((?:@[^/]+\/)?[^/]+)(?!.*node_modules)/.exec(path)?.[1]
  return inPackage ?? /(?:dist\/.*|node:.*)$/.exec(path)?.[0] ?? 'other'
}

function add(shares: Map<string, number>, name: string, micros: number): void {
  shares.set(name, (shares.get(name) ?? 0) + micros)
}

function toShares(micros: ReadonlyMap<string, number>, whole: number): ProfileShare[] {
  return [...micros].map(([name, value]) => ({ name, share: value / whole })).sort((a, b) => b.share - a.share)
}
