import { decodeBase64 } from './base64'
import { refuseMalformed } from './refuse'
import { splitDictionary } from './split-dictionary'
import type { ParsedContentDigest, Refused } from './types'

export type ParseContentDigestResult =
  { readonly outcome: 'parsed'; readonly digest: ParsedContentDigest } | Refused<'credential_malformed'>

/** RFC 9530 §5: the active algorithms, and their sizes in bytes. */
const ALGORITHMS = { 'sha-256': 32, 'sha-512': 64 } as const

/**
 * Reads a `Content-Digest` (RFC 9530 §2). Members with other algorithms are ignored; one that we recognise has to be
 * there, because a digest that nobody checks binds nothing.
 *
 * @param value of the one field line
 */
export function parseContentDigest(value: string): ParseContentDigestResult {
  const members = splitDictionary(value)
  if (members === undefined) return refuseMalformed('The content-digest is no valid dictionary.')
  const sha256 = readDigest(members.get('sha-256')?.text, ALGORITHMS['sha-256'])
  const sha512 = readDigest(members.get('sha-512')?.text, ALGORITHMS['sha-512'])
  if (sha256 === 'invalid' || sha512 === 'invalid')
    return refuseMalformed('The content-digest holds a malformed digest.')
  if (sha256 === undefined && sha512 === undefined) {
    return refuseMalformed('The content-digest holds neither sha-256 nor sha-512.')
  }
  return { outcome: 'parsed', digest: { ...(sha256 && { sha256 }), ...(sha512 && { sha512 }) } }
}

function readDigest(text: string | undefined, size: number): Buffer | undefined | 'invalid' {
  if (text === undefined) return undefined
  const bytes = text.startsWith(':') && text.endsWith(':') ? decodeBase64(text.slice(1, -1)) : undefined
  return bytes?.length === size ? bytes : 'invalid'
}
