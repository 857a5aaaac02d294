import type { HttpField } from './types'

/** Node's flat list of names and values as pairs, in the order and case that came. */
export function pairFields(rawHeaders: readonly string[]): HttpField[] {
  const fields: HttpField[] = []
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    fields.push([rawHeaders[index] ?? '', rawHeaders[index + 1] ?? ''])
  }
  return fields
}
