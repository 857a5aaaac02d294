import type { KeyObject } from 'node:crypto'
import { parseSigningPublicJwk } from '@/lib/protocol'
import type { AssertionJwk } from '.'
import { fetchJson } from './fetch-json'

export type FindKeyResult =
  | { readonly outcome: 'found'; readonly key: KeyObject }
  | { readonly outcome: 'unknown' }
  | { readonly outcome: 'unavailable' }

export interface AssertionKeys {
  /** @param kid the RFC 7638 thumbprint that a token names; untrusted */
  find(kid: string): Promise<FindKeyResult>
}

/** Keys that were given, once and for all. */
export function pinAssertionKeys(jwks: readonly AssertionJwk[]): AssertionKeys {
  const keys = readKeys(jwks)
  if (keys.size === 0) throw new TypeError('issuerKeys holds no P-256 public key.')
  return {
    find: (kid) => {
      const key = keys.get(kid)
      return Promise.resolve(key === undefined ? { outcome: 'unknown' } : { outcome: 'found', key })
    },
  }
}

const REFRESH_AFTER_MS = 10 * 60_000
/** A key that was published once is believed for a day when the service cannot be asked. */
const MAX_STALE_MS = 24 * 60 * 60_000
/** Unknown key ids are anybody's to send: they cause one fetch in this time. */
const MIN_FETCH_INTERVAL_MS = 10_000
const MAX_KEYS = 64

/** Keys from the service's JWKS: fetched when first needed, kept, and fetched anew for a key that is not among them. */
export function fetchAssertionKeys(jwksUrl: URL, nowMs: () => number): AssertionKeys {
  let keys: ReadonlyMap<string, KeyObject> = new Map()
  let fetchedAt = Number.NEGATIVE_INFINITY
  let triedAt = Number.NEGATIVE_INFINITY
  let fetching: Promise<void> | null = null

  const refresh = (): Promise<void> => {
    if (fetching === null && nowMs() - triedAt < MIN_FETCH_INTERVAL_MS) return Promise.resolve()
    fetching ??= (async () => {
      triedAt = nowMs()
      const answer = await fetchJson(jwksUrl)
      const list = typeof answer === 'object' && answer !== null && 'keys' in answer ? answer.keys : undefined
      const read = Array.isArray(list) ? readKeys(list.slice(0, MAX_KEYS)) : new Map<string, KeyObject>()
      // An empty set is more likely a fault on the way than a deployment without a key.
      if (read.size > 0) {
        keys = read
        fetchedAt = nowMs()
      }
    })()
      .catch(() => undefined)
      .finally(() => {
        fetching = null
      })
    return fetching
  }

  return {
    find: async (kid) => {
      const age = nowMs() - fetchedAt
      if (age > MAX_STALE_MS || !keys.has(kid)) await refresh()
      // In the background: the key at hand is good enough for this request.
      else if (age > REFRESH_AFTER_MS) void refresh()
      if (nowMs() - fetchedAt > MAX_STALE_MS) return { outcome: 'unavailable' }
      const key = keys.get(kid)
      return key === undefined ? { outcome: 'unknown' } : { outcome: 'found', key }
    },
  }
}

/** P-256 keys by their own thumbprint, whatever name they are given; others are left out. */
function readKeys(jwks: readonly unknown[]): Map<string, KeyObject> {
  const keys = new Map<string, KeyObject>()
  for (const jwk of jwks) {
    if (typeof jwk !== 'object' || jwk === null) continue
    const { kty, crv, x, y } = jwk as AssertionJwk
    const parsed = parseSigningPublicJwk({ kty, crv, x, y })
    if (parsed.outcome === 'parsed' && parsed.jwk.kty === 'EC') keys.set(parsed.thumbprint, parsed.key)
  }
  return keys
}
