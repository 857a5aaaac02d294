import { trimOws } from './split-dictionary'
import type { HttpField } from './types'

/** Field lines by lower-case name, values without leading and trailing whitespace. */
export type FieldLines = ReadonlyMap<string, readonly string[]>

const FIELD_NAME = /^[\x21-\x7e]+$/
/** RFC 9110 §5.5 without `obs-text`, and without the CR and LF of an obs-fold. */
const FIELD_VALUE = /^[\t\x20-\x7e]*$/

/** @returns the lines, or `undefined` when a name is not printable ASCII (lower-casing other letters could make a name of ours) */
export function collectFields(headers: readonly HttpField[]): FieldLines | undefined {
  const fields = new Map<string, string[]>()
  for (const [rawName, rawValue] of headers) {
    if (!FIELD_NAME.test(rawName)) return undefined
    const name = rawName.toLowerCase()
    const lines = fields.get(name)
    if (lines === undefined) fields.set(name, [trimOws(rawValue)])
    else lines.push(trimOws(rawValue))
  }
  return fields
}

/** Says whether a value may enter a signature base (RFC 9421 §2.5): printable ASCII, spaces and tabs. */
export function isFieldValue(value: string): boolean {
  return FIELD_VALUE.test(value)
}
