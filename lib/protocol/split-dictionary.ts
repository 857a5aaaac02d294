import { parseDictionary, type InnerList, type Item } from 'structured-headers'

export type DictionaryMember = {
  /** What stands behind `=`, as received; without `=` whatever follows the key. */
  readonly text: string
  readonly member: Item | InnerList
}

const KEY = /^([a-z*][a-z0-9_\-.*]*)(=?)/

/**
 * Reads a dictionary (RFC 9651 §3.2) and keeps the text of each member. The structured-field rule for a key that comes
 * twice is "the last wins"; here it refuses, because another reader may take the first.
 *
 * @param value a field value of printable ASCII
 * @returns the members in their order, or `undefined` when the text is no dictionary or holds a key twice
 */
export function splitDictionary(value: string): ReadonlyMap<string, DictionaryMember> | undefined {
  const members = new Map<string, DictionaryMember>()
  const trimmed = trimOws(value)
  if (trimmed === '') return members
  for (const piece of splitAtCommas(trimmed)) {
    const text = trimOws(piece)
    const [, key, equals] = KEY.exec(text) ?? []
    const member = key === undefined ? undefined : parseSingleMember(text, key)
    if (key === undefined || equals === undefined || member === undefined || members.has(key)) return undefined
    members.set(key, { text: text.slice(key.length + equals.length), member })
  }
  return members
}

/** RFC 9110 §5.6.3: leading and trailing spaces and tabs. */
export function trimOws(value: string): string {
  return value.replace(/^[ \t]+|(?<![ \t])[ \t]+$/g, '')
}

/** The library reads the piece again; a cut at the wrong comma gives a piece that is no single member. */
function parseSingleMember(text: string, key: string): Item | InnerList | undefined {
  try {
    const dictionary = parseDictionary(text)
    return dictionary.size === 1 ? dictionary.get(key) : undefined
  } catch {
    return undefined
  }
}

/** Commas count outside strings only (RFC 9651 §3.3.3: `"`, with `\` before `"` and `\`). */
function splitAtCommas(value: string): string[] {
  const pieces: string[] = []
  let start = 0
  let isInString = false
  for (let index = 0; index < value.length; index++) {
    const character = value[index]
    if (character === '"') isInString = !isInString
    else if (character === '\\' && isInString) index++
    else if (character === ',' && !isInString) {
      pieces.push(value.slice(start, index))
      start = index + 1
    }
  }
  pieces.push(value.slice(start))
  return pieces
}
