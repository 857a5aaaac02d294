import { hash } from 'node:crypto'

/**
 * RFC 9530 §2, SHA-256.
 *
 * @param body the content as sent; empty for a message without one
 * @returns the field's value, `sha-256=:…:`
 */
export function computeContentDigest(body: Uint8Array): string {
  return formatContentDigest(hash('sha256', body, 'buffer'))
}

/** @param sha256 32 bytes */
export function formatContentDigest(sha256: Uint8Array): string {
  if (sha256.length !== 32) throw new TypeError('A SHA-256 digest has 32 bytes.')
  return `sha-256=:${Buffer.from(sha256).toString('base64')}:`
}

/** Both digests that a `Content-Digest` of ours may name, for `checkContentDigest`. */
export function computeBodyDigests(body: Uint8Array): { readonly sha256: Buffer; readonly sha512: Buffer } {
  return { sha256: hash('sha256', body, 'buffer'), sha512: hash('sha512', body, 'buffer') }
}
