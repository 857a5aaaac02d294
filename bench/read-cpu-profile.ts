import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { MeasuredWindow } from './load/load-messages'

/** A function of a `.cpuprofile` of Node.js, called from where it hangs in the tree. */
export interface ProfileFrame {
  readonly id: number
  readonly children?: readonly number[]
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
}

export interface ReadProfile {
  readonly frames: ReadonlyMap<number, ProfileFrame>
  readonly root: ProfileFrame
  /** Microseconds in which the function itself ran, by frame; waiting is left out. */
  readonly selfMicros: ReadonlyMap<number, number>
}

interface CpuProfile {
  /** On the machine's monotonic clock, as the deltas add to it, in microseconds. */
  readonly startTime: number
  readonly nodes: readonly ProfileFrame[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

/** Only what was sampled in one of the windows counts: not the start, nor the warm-up. */
export async function readCpuProfile(file: string, windows: readonly MeasuredWindow[]): Promise<ReadProfile> {
  // Node.js wrote it.
  const profile = JSON.parse(await readFile(file, 'utf8')) as CpuProfile
  const frames = new Map(profile.nodes.map((node) => [node.id, node]))
  const selfMicros = new Map<number, number>()
  let atMicros = profile.startTime
  profile.samples.forEach((id, index) => {
    const micros = profile.timeDeltas[index] ?? 0
    atMicros += micros
    if (!windows.some(({ fromMicros, toMicros }) => atMicros >= fromMicros && atMicros <= toMicros)) return
    if (frames.get(id)?.callFrame.functionName === '(idle)') return
    selfMicros.set(id, (selfMicros.get(id) ?? 0) + micros)
  })
  const [root] = profile.nodes
  if (!root) throw new Error(`${file} holds no frames.`)
  return { frames, root, selfMicros }
}

/** The package or bundle of a frame, `native`, or what V8 calls it in brackets. */
export function moduleOf({ callFrame: { url, functionName } }: ProfileFrame): string {
  if (url === '') return functionName.startsWith('(') ? functionName : 'native'
  const source = url.startsWith('file:') ? fileURLToPath(url) : url
  const inPackage = /node_modules\/((?:@[^/]+\/)?[^/]+)(?!.*node_modules)/.exec(source)?.[1]
  return inPackage ?? /(?:dist\/.*|node:.*)$/.exec(source)?.[0] ?? 'other'
}
