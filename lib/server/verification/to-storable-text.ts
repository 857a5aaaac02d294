/**
 * Text of strangers that PostgreSQL can keep: no NUL, no lone surrogate, bounded. What it means to a reader is the
 * reader's to escape. Input: the greatest length in UTF-16 units.
 */
export function toStorableText(text: string, longest: number): string {
  return text.slice(0, longest).toWellFormed().replaceAll('\0', '\uFFFD')
}
