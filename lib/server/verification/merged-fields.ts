import type { HttpField } from '@/lib/protocol'

export type ReadMergedFields =
  | { readonly outcome: 'read'; readonly headers: readonly HttpField[] }
  | { readonly outcome: 'refused'; readonly detail: string }

/** What Envoy puts between lines of one name that it merges, and in the place of bytes that are no UTF-8. */
const doubtful = /[,!]/

/** Whether a text may stand for other bytes than its own, after Envoy replaced what is no UTF-8 by `!`. */
export function mayBeReplaced(text: string): boolean {
  return text.includes('!')
}

/**
 * Header lines from a gateway that may have merged them: Envoy without `encode_raw_headers` makes one line of several of a
 * name, with commas, and writes `!` for bytes that are no UTF-8. The backend gets what the client sent, so a value with
 * either may be another than the one that is signed. Such a line is given back twice: whoever reads it as a component
 * wants one line and refuses, and nobody else minds. Cookies may have several lines, so there the whole request is refused.
 */
export function readMergedFields(headers: readonly HttpField[]): ReadMergedFields {
  const lines: HttpField[] = []
  for (const field of headers) {
    lines.push(field)
    if (!doubtful.test(field[1])) continue
    if (field[0].toLowerCase() === 'cookie') {
      return { outcome: 'refused', detail: 'The gateway may have merged lines of cookie: let it send raw headers.' }
    }
    lines.push(field)
  }
  return { outcome: 'read', headers: lines }
}
