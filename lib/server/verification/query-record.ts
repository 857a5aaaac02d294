import type { HmacSha256 } from '@/lib/protocol'

/** How a request's query is kept: its parameters' names, and a keyed hash of the whole. Queries often hold secrets. */
export interface QueryRecord {
  readonly names: readonly string[]
  /** HMAC-SHA256; null without a query. */
  readonly hash: Buffer | null
}

const noQuery: QueryRecord = { names: [], hash: null }
const mostNames = 32
const longestName = 64

/** Input: `?` and what follows, as `@query` has it (`?` alone means none). */
export function toQueryRecord(query: string, key: HmacSha256): QueryRecord {
  if (query.length <= 1) return noQuery
  const names: string[] = []
  for (const pair of query.slice(1).split('&', mostNames)) {
    const end = pair.indexOf('=')
    // A parameter without "=" may be all value (an API key as the whole query): only its place is kept.
    names.push(end < 0 ? '' : pair.slice(0, Math.min(end, longestName)))
  }
  return { names, hash: key.compute(query) }
}
