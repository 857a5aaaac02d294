import { verify, type KeyObject } from 'node:crypto'
import { decodeBase64url } from './base64'
import type { RefusedWithDetail } from './types'

export type VerifyCompactJwsResult =
  { readonly outcome: 'verified'; readonly claims: Record<string, unknown>; readonly kid: string } | RefusedWithDetail

const DEFAULT_MAX_LENGTH = 65_536
const HEADER_MEMBERS = ['alg', 'kid', 'typ']

/**
 * Checks an ES256 token of ours (RFC 7515 §5.2). The header holds exactly `alg` (ES256), `kid` and the wanted `typ`
 * (RFC 8725 §3.1, §3.11): no `none`, no HMAC, no `crit`, no embedded key. Not checked: the claims, time among them.
 * ECDSA lets anybody make a second valid signature: count uses by `jti`, never by the token's text.
 *
 * @param token untrusted text
 * @param options the one type that is wanted; the key of a `kid`, or `undefined`; the greatest length in characters
 * @returns the claims as parsed from JSON, an object
 */
export function verifyCompactJws(
  token: string,
  options: {
    readonly typ: string
    readonly resolveKey: (kid: string) => KeyObject | undefined
    readonly maxLength?: number
  },
): VerifyCompactJwsResult {
  if (token.length > (options.maxLength ?? DEFAULT_MAX_LENGTH)) return refused('The token is too long.')
  const parts = token.split('.')
  const [rawHeader, rawPayload, rawSignature] = parts.map(decodeBase64url)
  if (parts.length !== 3 || !rawHeader || !rawPayload || rawSignature?.length !== 64) {
    return refused('The token is not three parts of canonical base64url with an ES256 signature.')
  }
  const kid = readHeader(rawHeader, options.typ)
  if (kid === undefined) return refused('The header is not alg ES256, kid and the expected typ alone.')
  const key = options.resolveKey(kid)
  if (key === undefined) return refused('The token names a key that is not known.')
  if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') return refused('The key is not one of ES256.')
  const signingInput = Buffer.from(token.slice(0, token.lastIndexOf('.')))
  if (!verify('sha256', signingInput, { key, dsaEncoding: 'ieee-p1363' }, rawSignature)) {
    return refused('The signature of the token is not valid.')
  }
  const claims = parseJsonObject(rawPayload)?.value
  return claims === undefined ? refused('The payload is not a JSON object.') : { outcome: 'verified', claims, kid }
}

/** @returns `kid`, or `undefined` when the header is not ours */
function readHeader(bytes: Buffer, typ: string): string | undefined {
  const header = parseJsonObject(bytes)
  if (header === undefined) return undefined
  // JSON lets a member come twice and readers differ on which counts; one that does cannot be written again the same.
  if (JSON.stringify(header.value) !== header.text) return undefined
  const { alg, kid } = header.value
  const isExact = Object.keys(header.value).length === HEADER_MEMBERS.length
  return isExact && alg === 'ES256' && header.value.typ === typ && typeof kid === 'string' ? kid : undefined
}

function parseJsonObject(bytes: Buffer): { value: Record<string, unknown>; text: string } | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    return { value: Object.fromEntries(Object.entries(value)), text }
  } catch {
    return undefined
  }
}

function refused(detail: string): RefusedWithDetail {
  return { outcome: 'refused', detail }
}
