import { TypeID } from 'typeid-js'
import { encodeIdSuffix } from './encode-id-suffix'

/** Every kind of object that has an identifier, with the prefix of its TypeID. */
export type IdPrefix = 'mach' | 'svc' | 'gw' | 'gwk' | 'join' | 'op' | 'ses' | 'tok' | 'dec' | 'evt' | 'dep' | 'req'

/** 26 characters of Crockford's base32 in lower case; a first digit above 7 would not fit into 128 bits. */
const suffixPattern = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/

/** An id of any kind, such as those that the audit log names things by. */
export const anyIdPattern = /^[a-z]{2,4}_[0-7][0-9a-hjkmnp-tv-z]{25}$/

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/**
 * The TypeID of a UUID. Input: a UUID in its usual text form, which the database hands out. Anything else throws:
 * it would make a well-formed id that belongs to nothing.
 */
export function formatId(prefix: IdPrefix, uuid: string): string {
  if (!uuidPattern.test(uuid)) throw new TypeError('formatId takes a UUID in lower case.')
  return `${prefix}_${encodeIdSuffix(uuid)}`
}

/** The UUID of a TypeID with this prefix, or null: lower case only, overflow refused. */
export function parseId(prefix: IdPrefix, text: string): string | null {
  if (text.length !== prefix.length + 27 || !text.startsWith(`${prefix}_`)) return null
  const suffix = text.slice(prefix.length + 1)
  if (!suffixPattern.test(suffix)) return null
  try {
    return TypeID.fromString(text, prefix).toUUID()
  } catch {
    // 128 bits that are no UUID of any version: nothing can have that id.
    return null
  }
}
