import type { Decision } from '@/lib/contract/decisions'

/** Rows that a live tail keeps; the list has the others. */
export const maxTail = 200

/** Newest first, each decision once: after a lost stream some come again, and the list brings some that the stream did. */
export function mergeTail(before: readonly Decision[], more: readonly Decision[], max = maxTail): readonly Decision[] {
  if (more.length === 0) return before
  const byId = new Map([...before, ...more].map((decision) => [decision.id, decision]))
  return [...byId.values()]
    .sort((a, b) => Date.parse(b.at) - Date.parse(a.at) || b.id.localeCompare(a.id))
    .slice(0, max)
}
