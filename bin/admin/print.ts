import { displayText } from '@/lib/domain/display-text'

export type Cell = string | number | boolean | null | undefined

/** One line of anything, safe for a terminal. Nothing is shown as a dash. */
export function showCell(cell: Cell, maxLength = 120): string {
  if (cell === null || cell === undefined || cell === '') return '-'
  return displayText(String(cell), maxLength)
}

/** Columns aligned, two blanks apart; the last one as long as it is. */
export function formatTable(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const lines = [header.map((name) => name.toUpperCase()), ...rows.map((row) => row.map((cell) => showCell(cell)))]
  const widths = header.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)))
  return lines
    .map((line) => line.map((cell, column) => (column === line.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))))
    .map((line) => line.join('  ').trimEnd())
    .join('\n')
}

/** Names on the left, values on the right; a value of several lines hangs below itself. */
export function formatFields(fields: readonly (readonly [name: string, value: Cell | readonly Cell[]])[]): string {
  const width = Math.max(...fields.map(([name]) => name.length))
  return fields
    .flatMap(([name, value]) => {
      const values = Array.isArray(value) ? (value as readonly Cell[]) : [value as Cell]
      const shown = values.length === 0 ? ['-'] : values.map((item) => showCell(item, 512))
      return shown.map((text, index) => `${(index === 0 ? name : '').padEnd(width)}  ${text}`)
    })
    .join('\n')
}

export function formatLabels(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(' ')
}

/** JSON in ASCII, so that what hostile text holds reaches no terminal. The same value for whoever parses it. */
export function formatJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** `4 s ago`, `in 3 h`: rough on purpose. */
export function formatDistance(instant: string, now: Date): string {
  const seconds = Math.round((Date.parse(instant) - now.getTime()) / 1000)
  const size = Math.abs(seconds)
  const text =
    size < 120
      ? `${size} s`
      : size < 7200
        ? `${Math.round(size / 60)} min`
        : size < 172_800
          ? `${Math.round(size / 3600)} h`
          : `${Math.round(size / 86_400)} d`
  return seconds > 0 ? `in ${text}` : `${text} ago`
}
