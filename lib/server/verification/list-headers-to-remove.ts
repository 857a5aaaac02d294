import type { HttpField } from '@/lib/protocol'
import { gatewayKeyField } from './gateway-profiles'

const ours = [
  'countersign-assertion',
  'countersign-decision',
  'countersign-machine',
  'countersign-problem',
  gatewayKeyField,
]

/**
 * Names of header lines that Envoy is to take away from an allowed request: the client's own in our name, also where a
 * backend would only take them for ours (`Countersign_Machine`). `set` are the lines that the answer writes itself:
 * Envoy removes after it has written.
 */
export function listHeadersToRemove(headers: readonly HttpField[], set: Readonly<Record<string, string>>): string[] {
  const names = new Set(ours)
  for (const [rawName] of headers) {
    const name = rawName.toLowerCase()
    if (/^countersign[-_.][a-z0-9_.-]*$/.test(name)) names.add(name)
  }
  for (const name of Object.keys(set)) names.delete(name.toLowerCase())
  return [...names]
}
