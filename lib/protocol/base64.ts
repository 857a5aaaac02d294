/** Base64 without leniency: `Buffer.from` skips what it does not know, so whatever it gave is encoded again and compared. */

/** RFC 4648 §4 with padding. @returns the bytes, or `undefined` when the text is not their only spelling */
export function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}

/** RFC 4648 §5 without padding (RFC 7515 §2). @returns the bytes, or `undefined` when the text is not their only spelling */
export function decodeBase64url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : undefined
}
