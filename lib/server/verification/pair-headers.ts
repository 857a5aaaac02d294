import type { HttpField } from '@/lib/protocol'

/** Over this many lines somebody plays; Node itself would show only some of them. */
export const mostHeaderLines = 200

/** Node's flat list of names and values as pairs, in the order and case that came. */
export function pairHeaders(rawHeaders: readonly string[]): HttpField[] {
  const pairs: HttpField[] = []
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) pairs.push([rawHeaders[i] ?? '', rawHeaders[i + 1] ?? ''])
  return pairs
}
