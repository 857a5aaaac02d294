/**
 * What may move a cursor, turn the reading direction, hide, or pass for something else: controls, formats (bidi, zero
 * width), surrogates, private use, unassigned, line separators, blanks other than the space, and what renders as nothing.
 */
const treacherous =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\u2800]/u

/** The start of one of our own escapes, so that nobody can write one by hand and have it taken for the real thing. */
const escapeStart = /\\(?=u\{)/gu

/** Two marks sit on a letter in living scripts; a pile of them covers the lines above. */
const markPile = /(^|\p{M}\p{M})(\p{M}+)/gu

const escapeCharacter = (character: string) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`

/**
 * Hostile text as one line that a terminal and a log can show: what would act or hide is written as `\u{…}`.
 *
 * Keeps other scripts readable. Not checked: letters that look like other letters.
 *
 * @param maxLength characters of the text, counted before escaping; what is cut off is marked with `…`
 */
export function displayText(text: string, maxLength = 256): string {
  // Bounded before the work: a code point is at most two units.
  const characters = Array.from(text.slice(0, maxLength * 2))
  const isCut = characters.length > maxLength || text.length > maxLength * 2
  const kept = isCut ? characters.slice(0, Math.max(0, maxLength - 1)) : characters
  const escaped = kept
    .join('')
    .replace(escapeStart, '\\u{5c}')
    .replace(new RegExp(treacherous, 'gu'), escapeCharacter)
    .replace(markPile, (_, before: string, pile: string) => before + Array.from(pile, escapeCharacter).join(''))
  return isCut ? `${escaped}…` : escaped
}

/** Whether `displayText` would show the text as it is, but for its length: the rule for names that operators choose. */
export function isPlainText(text: string): boolean {
  return displayText(text, text.length) === text
}
