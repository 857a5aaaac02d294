import { readLabels } from './labels'

/**
 * Whether a machine's labels satisfy a selector: every label of the selector, with this very value. `{}` is every machine.
 *
 * Takes what the database holds. A selector or labels that break the rules match nothing: in doubt, deny.
 */
export function selectorMatches(selector: unknown, labels: unknown): boolean {
  const wanted = readLabels(selector)
  const present = readLabels(labels)
  if (wanted === null || present === null) return false
  return Object.entries(wanted).every(([key, value]) => Object.hasOwn(present, key) && present[key] === value)
}
