const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

/** Two digits of base32 for each ten bits. */
const pairs = Array.from({ length: 1024 }, (_, bits) => alphabet.charAt(bits >> 5) + alphabet.charAt(bits & 31))

const pairOf = (bits: number): string => pairs[bits] ?? ''

/**
 * The suffix of a TypeID: a UUID's 128 bits after two zero bits, in Crockford's base32. Each decision makes one, so it is
 * ours instead of the library's (docs/adr/0010-ids-on-the-verification-path.md); a property test holds the two together.
 *
 * @param uuid in its usual text form and lower case, which the caller has checked
 * @returns 26 characters
 */
export function encodeIdSuffix(uuid: string): string {
  const hex = uuid.slice(0, 8) + uuid.slice(9, 13) + uuid.slice(14, 18) + uuid.slice(19, 23) + uuid.slice(24)
  let text = pairOf(parseInt(hex.slice(0, 2), 16))
  for (let at = 2; at < 32; at += 5) {
    const bits = parseInt(hex.slice(at, at + 5), 16)
    text += pairOf(bits >> 10) + pairOf(bits & 1023)
  }
  return text
}
