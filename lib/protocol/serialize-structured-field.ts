import {
  isInnerList,
  parseItem,
  parseList,
  serializeDictionary,
  serializeInnerList,
  serializeItem,
  serializeList,
} from 'structured-headers'
import { splitDictionary, type DictionaryMember } from './split-dictionary'
import type { StructuredFieldType } from './types'

/** What a text that the library has read consists of: strings, bytes, booleans, dates, names, numbers, punctuation. */
const LEXEMES =
  /%"[^"]*"|"(?:[^"\\]|\\.)*"|:[^:]*:|\?[01]|@-?[0-9]+|[A-Za-z*][\w!#$%&'*+\-.^`|~:/]*|-?[0-9]+(?:\.[0-9]+)?|./g
const NUMBER = /^-?[0-9]/

/**
 * Writes a structured field the one way of RFC 9651 §4.1, as `;sf` wants it (RFC 9421 §2.1.1).
 *
 * @param value of all lines, printable ASCII
 * @returns `undefined` when the value is none of its type, or holds a key or parameter twice: the rule is that the last
 *   one counts, and another reader may take the first
 */
export function serializeStructuredField(value: string, type: StructuredFieldType): string | undefined {
  try {
    switch (type) {
      case 'item':
        return keepDecimals(serializeItem(parseItem(value)), value)
      case 'list':
        return keepDecimals(serializeList(parseList(value)), value)
      case 'dictionary':
        return serializeMembers(value)
    }
  } catch {
    return undefined
  }
}

/**
 * The same for one member of a dictionary, as `;key` wants it (RFC 9421 §2.1.2): `?1` when it has no value.
 *
 * @param member of `splitDictionary`, with its text
 */
export function serializeDictionaryMember({ member, text }: DictionaryMember): string | undefined {
  try {
    return keepDecimals(isInnerList(member) ? serializeInnerList(member) : serializeItem(member), text)
  } catch {
    return undefined
  }
}

function serializeMembers(value: string): string | undefined {
  const members = splitDictionary(value)
  if (members === undefined) return undefined
  const written: string[] = []
  for (const [key, { member, text }] of members) {
    const one = keepDecimals(serializeDictionary(new Map([[key, member]])), text)
    if (one === undefined) return undefined
    written.push(one)
  }
  return written.join(', ')
}

/**
 * The library reads `1.0` as the number 1 and writes an integer. The numbers of the text and of what was written are
 * the same in the same order, so each decimal gets its fraction back.
 *
 * @returns `undefined` when a parameter was dropped because it came twice, or a date is beyond those of the library,
 *   which are all the same to it
 */
function keepDecimals(written: string, text: string): string | undefined {
  const before: readonly string[] = text.match(LEXEMES) ?? []
  const after: readonly string[] = written.match(LEXEMES) ?? []
  if (count(before, ';') !== count(after, ';') || after.includes('@')) return undefined
  const numbers = before.filter((lexeme) => NUMBER.test(lexeme))
  let next = 0
  return after
    .map((lexeme) => {
      if (!NUMBER.test(lexeme)) return lexeme
      const isDecimal = numbers[next++]?.includes('.') === true
      return isDecimal && !lexeme.includes('.') ? `${lexeme}.0` : lexeme
    })
    .join('')
}

function count(lexemes: readonly string[], wanted: string): number {
  return lexemes.filter((lexeme) => lexeme === wanted).length
}
