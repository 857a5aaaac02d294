/**
 * RFC 5952 §4: lower case, no leading zeros, the longest run of two or more zero groups (the first of equals) as `::`.
 *
 * @param text lower-case digits and colons, without brackets; a dotted tail or a zone is not understood
 * @returns the address in brackets, or `undefined` when it is none
 */
export function canonicalizeIpv6(text: string): string | undefined {
  const groups = readGroups(text)
  if (groups === undefined) return undefined
  const run = findLongestZeroRun(groups)
  const hex = groups.map((group) => group.toString(16))
  if (run.length < 2) return `[${hex.join(':')}]`
  return `[${hex.slice(0, run.start).join(':')}::${hex.slice(run.start + run.length).join(':')}]`
}

function readGroups(text: string): number[] | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const [head = [], tail = []] = halves.map((half) => (half === '' ? [] : half.split(':')))
  const written = [...head, ...tail]
  if (!written.every((group) => /^[0-9a-f]{1,4}$/.test(group))) return undefined
  const missing = 8 - written.length
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined
  const groups = [...head, ...Array.from({ length: missing }, () => '0'), ...tail]
  return groups.map((group) => Number.parseInt(group, 16))
}

function findLongestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  let start = 0
  for (let index = 0; index <= groups.length; index++) {
    if (groups[index] === 0) continue
    if (index - start > best.length) best = { start, length: index - start }
    start = index + 1
  }
  return best
}
