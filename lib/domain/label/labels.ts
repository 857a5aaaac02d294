/** Labels say what a machine is for. They come from the join token, attested claims or an operator, never from the machine. */
export type Labels = Readonly<Record<string, string>>

/** Up to 63 of `a-z 0-9 . _ / -`, beginning and ending with a letter or digit: `env`, `team/name`, `k8s.io/namespace`. */
export const labelKeyPattern = /^[a-z0-9](?:[a-z0-9._/-]{0,61}[a-z0-9])?$/

/** Up to 255 visible ASCII characters, spaces inside: room for a repository or an ARN, none for text that hides itself. */
export const labelValuePattern = /^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/

export const maxLabels = 32

/**
 * Labels as the database hands them out, or null when they break a rule.
 * Whoever decides on them treats null as a mismatch.
 */
export function readLabels(value: unknown): Labels | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  const entries = Object.entries(value)
  if (entries.length > maxLabels) return null
  const labels: [string, string][] = []
  for (const [key, item] of entries) {
    if (!labelKeyPattern.test(key) || typeof item !== 'string' || !labelValuePattern.test(item)) return null
    labels.push([key, item])
  }
  return Object.fromEntries(labels)
}
