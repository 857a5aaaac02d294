import type { RefusedWithDetail } from './types'

/** Members that a public key may carry beside its own; `kid` is what our own answers add. They are not read. */
const OPTIONAL_MEMBERS: ReadonlySet<string> = new Set(['kid', 'use', 'alg', 'key_ops'])
const PRIVATE_MEMBERS: ReadonlySet<string> = new Set(['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'])
const MAX_MEMBER_LENGTH = 128

/**
 * Reads the string members of an untrusted JWK (RFC 7517 §4).
 *
 * @param names the members that have to be there
 * @returns their values in the order of `names`, or why not: no object, a private or unknown member, no bounded string
 */
export function readJwkMembers(
  untrusted: unknown,
  names: readonly string[],
): { outcome: 'read'; values: string[] } | RefusedWithDetail {
  if (typeof untrusted !== 'object' || untrusted === null || Array.isArray(untrusted)) {
    return { outcome: 'refused', detail: 'The key is not a JWK object.' }
  }
  const members = new Map<string, unknown>(Object.entries(untrusted))
  for (const name of members.keys()) {
    if (PRIVATE_MEMBERS.has(name)) {
      return { outcome: 'refused', detail: 'The key holds a private member; send the public half only.' }
    }
    if (!names.includes(name) && !OPTIONAL_MEMBERS.has(name)) {
      return { outcome: 'refused', detail: 'The key holds a member that its type does not have.' }
    }
  }
  const values: string[] = []
  for (const name of names) {
    const value = members.get(name)
    if (typeof value !== 'string' || value.length > MAX_MEMBER_LENGTH) {
      return { outcome: 'refused', detail: `The key lacks the member ${name}, or it is no short string.` }
    }
    values.push(value)
  }
  return { outcome: 'read', values }
}
