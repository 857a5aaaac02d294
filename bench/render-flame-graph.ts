import { moduleOf, type ProfileFrame, type ReadProfile } from './read-cpu-profile'

const width = 1200
const rowHeight = 17
const headHeight = 40
/** Narrower boxes cannot be seen and are left out. */
const narrowest = 0.4
const characterWidth = 6.4

/** Calls of the same function from the same place, taken together. */
interface Box {
  readonly name: string
  readonly module: string
  micros: number
  readonly children: Map<string, Box>
}

/** A profile as an icicle graph, callers above: an SVG that needs nothing else, with a title on every box. */
export function renderFlameGraph(subject: string, profile: ReadProfile): string {
  const root: Box = { name: 'busy', module: '', micros: 0, children: new Map() }
  for (const child of profile.root.children ?? []) root.micros += gather(profile, child, root)
  const boxes: string[] = []
  const depth = draw(root, root.micros, 0, 0, boxes)
  const height = headHeight + (depth + 1) * rowHeight + 8
  const seconds = (root.micros / 1e6).toFixed(1)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="monospace" font-size="11">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text x="8" y="18" font-size="14">${escape(subject)}: ${seconds} s in which the thread was busy</text>`,
    `<text x="8" y="33" fill="#555">Green: ours. Blue: Node.js. Orange: packages. Grey: native, system calls, garbage collector.</text>`,
    ...boxes,
    '</svg>',
    '',
  ].join('\n')
}

/** Adds a frame and what it called below `parent`; returns its microseconds. */
function gather(profile: ReadProfile, id: number, parent: Box): number {
  const frame = profile.frames.get(id)
  if (!frame) return 0
  const box = childOf(parent, frame)
  let micros = profile.selfMicros.get(id) ?? 0
  for (const child of frame.children ?? []) micros += gather(profile, child, box)
  box.micros += micros
  return micros
}

function childOf(parent: Box, frame: ProfileFrame): Box {
  const module = moduleOf(frame)
  const name = frame.callFrame.functionName || 'anonymous'
  const key = `${module} ${name}`
  const known = parent.children.get(key)
  if (known) return known
  const made: Box = { name, module, micros: 0, children: new Map() }
  parent.children.set(key, made)
  return made
}

/** Returns the depth of the deepest box that was drawn. */
function draw(box: Box, whole: number, x: number, depth: number, out: string[]): number {
  const boxWidth = (box.micros / whole) * width
  if (boxWidth < narrowest) return depth
  const y = headHeight + depth * rowHeight
  const share = ((box.micros / whole) * 100).toFixed(1)
  const title = `${box.name}${box.module && ` (${box.module})`}: ${share} %`
  const letters = Math.floor((boxWidth - 4) / characterWidth)
  const label = letters >= 3 ? box.name.slice(0, letters) : ''
  out.push(
    `<g><title>${escape(title)}</title><rect x="${x.toFixed(1)}" y="${y}" width="${boxWidth.toFixed(1)}" height="${rowHeight - 1}" ` +
      `fill="${colourOf(box.module)}"/>` +
      (label && `<text x="${(x + 2).toFixed(1)}" y="${y + 12}">${escape(label)}</text>`) +
      '</g>',
  )
  let deepest = depth
  let childX = x
  for (const child of [...box.children.values()].sort((a, b) => b.micros - a.micros)) {
    deepest = Math.max(deepest, draw(child, whole, childX, depth + 1, out))
    childX += (child.micros / whole) * width
  }
  return deepest
}

function colourOf(module: string): string {
  if (module.startsWith('dist/')) return '#8fd19e'
  if (module.startsWith('node:')) return '#9ec5fe'
  if (module === '' || module === 'native' || module.startsWith('(')) return '#d3d7dc'
  return '#ffc078'
}

function escape(text: string): string {
  return text.replace(/[<>&]/g, (character) => `&#${character.charCodeAt(0)};`)
}
