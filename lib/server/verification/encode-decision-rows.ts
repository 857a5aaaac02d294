import type { DecisionRow } from './decision-store'

/** OIDs of PostgreSQL's own types, the same everywhere. */
const types = { bytea: 17, int8: 20, int4: 23, text: 25, date: 1082, uuid: 2950 } as const
const columns = 20
/** Of a row without its texts: 20 columns of type and length, and the values of fixed length. */
const fixedBytes = 4 + 4 + columns * 8 + 4 * 16 + 4 * 8 + 4 + 4 + 2 * 32
const headerBytes = 20
/** A UTF-16 unit takes at most three bytes of UTF-8. */
const bytesPerUnit = 3
const dayMs = 24 * 60 * 60 * 1000
const epochOfPostgres = Date.UTC(2000, 0, 1)
const nothing = -1
const longestShort = 32
/** Where the 16 pairs of digits stand in a UUID's text. */
const uuidDigits = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34]

/** The value of a digit in base 16, in either case. */
function digitOf(unit: number): number {
  return unit > 0x39 ? (unit | 0x20) - 0x57 : unit - 0x30
}

/**
 * Rows as the third parameter of `decide()`: an array of `decision_row` in PostgreSQL's binary form (`array_recv` and
 * `record_recv`). Input: the OID of `decision_row` in this database.
 */
export function encodeDecisionRows(rows: readonly DecisionRow[], rowType: number): Buffer {
  const writer = new BinaryWriter(headerBytes + rows.reduce((sum, row) => sum + longestOf(row), 0))
  writer.int32(1) // dimensions
  writer.int32(0) // no element is null
  writer.int32(rowType)
  writer.int32(rows.length)
  writer.int32(1) // the first index
  for (const row of rows) {
    const start = writer.reserveLength()
    writer.int32(columns)
    writer.date(row.day)
    writer.uuid(row.machine)
    writer.int8(row.mv)
    writer.int4(row.gen)
    writer.text(row.use)
    writer.uuid(row.id)
    writer.uuid(row.service)
    writer.int8(row.sv)
    writer.uuid(row.gateway)
    writer.int8(row.created)
    writer.int8(row.expires)
    writer.bytes(row.base)
    writer.text(row.alg)
    writer.text(row.method)
    writer.text(row.authority)
    writer.text(row.path)
    writer.text(row.names.length === 0 ? null : row.names.join('&'))
    writer.bytes(row.query)
    writer.text(row.content)
    writer.text(row.source)
    writer.fillLength(start)
  }
  return writer.written()
}

function longestOf(row: DecisionRow): number {
  const { use, alg, method, authority, path, names, content, source } = row
  let units = use.length + alg.length + method.length + authority.length + path.length + content.length
  units += source === null ? 0 : source.length
  for (const name of names) units += name.length + 1
  return fixedBytes + units * bytesPerUnit
}

class BinaryWriter {
  readonly #buffer: Buffer
  #at = 0
  #day = ''
  #dayNumber = 0

  constructor(longest: number) {
    this.#buffer = Buffer.allocUnsafe(longest)
  }

  written(): Buffer {
    return this.#buffer.subarray(0, this.#at)
  }

  int32(value: number): void {
    this.#at = this.#buffer.writeInt32BE(value, this.#at)
  }

  /** Room for the length of what follows, which `fillLength` puts there. */
  reserveLength(): number {
    this.#at += 4
    return this.#at
  }

  fillLength(start: number): void {
    this.#buffer.writeInt32BE(this.#at - start, start - 4)
  }

  int4(value: number): void {
    this.#head(types.int4, 4)
    this.int32(value)
  }

  int8(value: number): void {
    this.#head(types.int8, 8)
    this.int32(Math.floor(value / 0x1_0000_0000))
    this.#at = this.#buffer.writeUInt32BE(value % 0x1_0000_0000, this.#at)
  }

  /** `YYYY-MM-DD`, nearly always that of the row before. */
  date(value: string): void {
    if (value !== this.#day) {
      this.#day = value
      this.#dayNumber = Math.round((Date.parse(value) - epochOfPostgres) / dayMs)
    }
    this.#head(types.date, 4)
    this.int32(this.#dayNumber)
  }

  uuid(value: string | null): void {
    if (value === null) return this.#head(types.uuid, nothing)
    this.#head(types.uuid, 16)
    let at = this.#at
    for (const digit of uuidDigits) {
      this.#buffer[at++] = (digitOf(value.charCodeAt(digit)) << 4) | digitOf(value.charCodeAt(digit + 1))
    }
    this.#at = at
  }

  text(value: string | null): void {
    if (value === null) return this.#head(types.text, nothing)
    this.int32(types.text)
    const start = this.reserveLength()
    if (!this.#writeShort(value)) this.#at += this.#buffer.write(value, this.#at, 'utf8')
    this.fillLength(start)
  }

  /** Most texts are a few characters of ASCII, which take less time here than a call into Node.js does. */
  #writeShort(value: string): boolean {
    if (value.length > longestShort) return false
    let at = this.#at
    for (let index = 0; index < value.length; index++) {
      const unit = value.charCodeAt(index)
      if (unit > 0x7f) return false
      this.#buffer[at++] = unit
    }
    this.#at = at
    return true
  }

  bytes(value: Buffer | null): void {
    if (value === null) return this.#head(types.bytea, nothing)
    this.#head(types.bytea, value.length)
    this.#at += value.copy(this.#buffer, this.#at)
  }

  #head(type: number, length: number): void {
    this.int32(type)
    this.int32(length)
  }
}
