import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { createGunzip, createGzip } from 'node:zlib'
import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { CopyHeader, CopyRecord } from './copy-record'

/** The first thing in a file, so that nobody takes another one for a backup. */
const format = 'countersign-backup'
const formatVersion = 1
/** The longest row is some hundred kilobytes; what is longer is no backup. */
const longestLine = 64 * 1024 * 1024
const lineEnd = 0x0a

type ControlLine =
  | { readonly format: string; readonly version: number; readonly header: CopyHeader }
  | { readonly table: string }
  | { readonly end: { readonly rows: number; readonly sha256: string } }

/**
 * Writes a copy as a backup file: gzip of lines. A line that begins with `#` is about the file, any other a row. The last one
 * has the number of rows and the SHA-256 of every byte before it, so that a file that was cut off is never taken for whole.
 * Ends `destination`. Returns the number of rows.
 */
export async function writeCopyFile(records: AsyncIterable<CopyRecord>, destination: Writable): Promise<number> {
  let rows = 0
  async function* encode(): AsyncGenerator<Buffer> {
    const hash = createHash('sha256')
    const lines = (text: string) => {
      const bytes = Buffer.from(text, 'utf8')
      hash.update(bytes)
      return bytes
    }
    for await (const record of records) {
      if (record.kind === 'rows') {
        rows += record.lines.length
        yield lines(`${record.lines.join('\n')}\n`)
      } else {
        const control: ControlLine =
          record.kind === 'table' ? { table: record.table } : { format, version: formatVersion, header: record.header }
        yield lines(`#${JSON.stringify(control)}\n`)
      }
    }
    const end: ControlLine = { end: { rows, sha256: hash.digest('hex') } }
    yield Buffer.from(`#${JSON.stringify(end)}\n`, 'utf8')
  }
  await pipeline(Readable.from(encode()), createGzip({ level: 6 }), destination)
  return rows
}

/** Reads the whole file and checks that it is a whole backup of this format. Throws with words when it is not. */
export async function checkCopyFile(file: string): Promise<{ readonly header: CopyHeader; readonly rows: number }> {
  let header: CopyHeader | undefined
  let rows = 0
  for await (const record of readCopyFile(file)) {
    if (record.kind === 'header') header = record.header
    if (record.kind === 'rows') rows += record.lines.length
  }
  if (!header) throw notABackup(file)
  return { header, rows }
}

/** The records of a backup file. Throws at its end when it is not whole: check it first, load it then. */
export async function* readCopyFile(file: string): AsyncGenerator<CopyRecord> {
  const hash = createHash('sha256')
  let rows = 0
  let isFirst = true
  let isWhole = false
  try {
    for await (const lines of readLines(file)) {
      const pending: string[] = []
      for (const line of lines) {
        if (isWhole) throw notWhole(file)
        const text = line.toString('utf8')
        const control = text.startsWith('#') ? parseControl(file, text.slice(1)) : undefined
        if (control && 'end' in control) {
          if (control.end.rows !== rows || control.end.sha256 !== hash.digest('hex')) throw notWhole(file)
          isWhole = true
          continue
        }
        hash.update(line).update('\n')
        if (isFirst && !(control && 'format' in control)) throw notABackup(file)
        isFirst = false
        if (!control) {
          pending.push(text)
          rows++
          continue
        }
        if (pending.length > 0) yield { kind: 'rows', lines: pending.splice(0) }
        if ('format' in control) yield { kind: 'header', header: readHeader(file, control) }
        else yield { kind: 'table', table: control.table }
      }
      if (pending.length > 0) yield { kind: 'rows', lines: pending }
    }
  } catch (error) {
    const { code } = error as { code?: unknown }
    // zlib's own words: what is no gzip, what is damaged, what was cut off.
    if (code === 'Z_DATA_ERROR') throw isFirst ? notABackup(file) : notWhole(file)
    if (code === 'Z_BUF_ERROR') throw notWhole(file)
    throw error
  }
  if (!isWhole) throw isFirst ? notABackup(file) : notWhole(file)
}

/** Lines as they come, a chunk's at a time, without their ends. */
async function* readLines(file: string): AsyncGenerator<Buffer[]> {
  let rest: Buffer = Buffer.alloc(0)
  const source = createReadStream(file)
  const unpacked = createGunzip()
  // An error of the file reaches whoever reads the other end.
  source.once('error', (error) => unpacked.destroy(error))
  for await (const chunk of source.pipe(unpacked)) {
    const bytes: Buffer = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer])
    const lines: Buffer[] = []
    let start = 0
    for (let end = bytes.indexOf(lineEnd); end >= 0; end = bytes.indexOf(lineEnd, start)) {
      lines.push(bytes.subarray(start, end))
      start = end + 1
    }
    rest = bytes.subarray(start)
    if (rest.length > longestLine) throw notABackup(file)
    if (lines.length > 0) yield lines
  }
  if (rest.length > 0) throw notWhole(file)
}

function parseControl(file: string, text: string): ControlLine {
  try {
    // Our own file, whose hash is checked; what it says is used as names only where the database knows them.
    return JSON.parse(text) as ControlLine
  } catch {
    throw notABackup(file)
  }
}

function readHeader(file: string, control: Extract<ControlLine, { format: string }>): CopyHeader {
  if (control.format !== format) throw notABackup(file)
  if (control.version !== formatVersion) {
    throw new Error(
      `${file} was written by a newer version of Countersign (format ${control.version}). Use that version.`,
    )
  }
  return control.header
}

function notABackup(file: string): Error {
  return new Error(`${file} is not a backup of Countersign.`)
}

function notWhole(file: string): Error {
  return new Error(`${file} is not whole: it was cut off or changed. Take another backup.`)
}
