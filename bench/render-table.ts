import type { MeasuredPoint, MeasuredSubject } from './measure-subject'

const heads = [
  'what',
  'connections',
  'verifications/s',
  'p50 ms',
  'p99 ms',
  'server',
  'load',
  'machine',
  'server µs/req',
  'pause ms',
]

/** Of several rounds: what the worst of them came to, beside the best. */
const worstHeads = ['worst/s', 'worst p99']

/** The figures as a Markdown table that is readable as text too. `server`, `load` and `machine` are processor time, in cores. */
export function renderTable(subjects: readonly MeasuredSubject[], rounds: number): string {
  return renderColumns(
    rounds > 1 ? [...heads, ...worstHeads] : heads,
    subjects.flatMap(({ name, points }) =>
      points.map((point) => [...toCells(name, point), ...(rounds > 1 ? toWorstCells(point) : [])]),
    ),
  )
}

function toWorstCells({ worst }: MeasuredPoint): string[] {
  return worst ? [formatRate(worst.perSecond), worst.p99Ms.toFixed(2)] : ['–', '–']
}

const formatRate = (perSecond: number) => Math.round(perSecond).toLocaleString('en-US')

/** A Markdown table with aligned columns: the first one text, the others numbers. */
export function renderColumns(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)))
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => pad(cell, widths[column] ?? 0, column > 0)).join(' | ')} |`
  const rule = `| ${widths.map((width, column) => (column > 0 ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width))).join(' | ')} |`
  return [line(heads), rule, ...rows.map(line)].join('\n')
}

function toCells(
  name: string,
  { connections, how, perSecond, p50Ms, p99Ms, processor, heldUpMs }: MeasuredPoint,
): string[] {
  return [
    how === undefined ? name : `${name}, ${how}`,
    String(connections),
    formatRate(perSecond),
    p50Ms.toFixed(2),
    p99Ms.toFixed(2),
    ...[processor.server, processor.load, processor.machine].map((cores) => cores?.toFixed(2) ?? '–'),
    // The server's own cost of one request; unlike the rate it hardly depends on who else uses the machine.
    processor.server === null ? '–' : ((processor.server / perSecond) * 1e6).toFixed(0),
    heldUpMs.toFixed(1),
  ]
}

function pad(text: string, width: number, isNumber: boolean): string {
  return isNumber ? text.padStart(width) : text.padEnd(width)
}
