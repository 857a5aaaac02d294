import type { CoveredComponent } from './build-message-base'
import { checkContentDigest } from './check-content-digest'
import { computeBodyDigests } from './compute-content-digest'
import { parseContentDigest } from './parse-content-digest'
import type { Refused } from './types'

/** Those of `parseContentDigest`. */
const DIGESTS: ReadonlySet<string> = new Set(['sha-256', 'sha-512'])

/**
 * Compares each covered `content-digest` with the content of its message (RFC 9421 §7.2.8): of the message itself, and
 * with `req` of the request, where the caller has them.
 *
 * @returns `checked` when the content of the message itself was compared
 */
export function checkMessageContent(
  covered: readonly CoveredComponent[],
): { readonly outcome: 'checked' | 'unchecked' } | Refused {
  let outcome: 'checked' | 'unchecked' = 'unchecked'
  for (const { component, source } of covered) {
    const { name, key, req, tr } = component
    // A digest that we cannot compute binds nothing that we see.
    const isDigest = name === 'content-digest' && (key === undefined || DIGESTS.has(key))
    if (!isDigest || source.body === undefined) continue
    const lines = (tr ? source.trailers : source.fields).get(name) ?? []
    const parsed = parseContentDigest(lines.join(', '))
    if (parsed.outcome === 'refused') return parsed
    const checked = checkContentDigest(parsed.digest, computeBodyDigests(source.body))
    if (checked.outcome === 'refused') return checked
    if (!req) outcome = 'checked'
  }
  return { outcome }
}
