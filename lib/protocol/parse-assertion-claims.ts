import type { AssertionClaims, RefusedWithDetail } from './types'

/** Protocol section 6: the `typ` of the token that a backend gets with an allowed request. */
export const ASSERTION_TYP = 'countersign-assertion+jwt'

const TEXTS = { iss: 512, aud: 63, sub: 512, jti: 64, htm: 32, authority: 261, target: 16_384 } as const
const NUMBERS = ['gen', 'iat', 'exp'] as const
const CONTENTS: ReadonlySet<unknown> = new Set(['checked', 'unchecked', 'none'])
const MEMBERS: ReadonlySet<string> = new Set([...Object.keys(TEXTS), ...NUMBERS, 'content', 'digest', 'outcome'])

/**
 * Reads the claims of an assertion after `verifyCompactJws`. Members that are not known refuse: as `outcome` shows, a
 * claim can take something away. Not checked: whom it is for, when, and which request it speaks about.
 *
 * @param untrusted the claims as parsed from JSON
 */
export function parseAssertionClaims(
  untrusted: unknown,
): { readonly outcome: 'parsed'; readonly claims: AssertionClaims } | RefusedWithDetail {
  if (typeof untrusted !== 'object' || untrusted === null || Array.isArray(untrusted)) {
    return refused('The claims are not an object.')
  }
  const claims = new Map<string, unknown>(Object.entries(untrusted))
  for (const name of claims.keys()) {
    if (!MEMBERS.has(name)) return refused('The claims hold a member that an assertion does not have.')
  }
  for (const [name, maxLength] of Object.entries(TEXTS)) {
    if (!isText(claims.get(name), maxLength)) return refused(`The claim ${name} is missing or is no bounded text.`)
  }
  for (const name of NUMBERS) {
    if (!isNaturalNumber(claims.get(name))) return refused(`The claim ${name} is missing or is no natural number.`)
  }
  if (!CONTENTS.has(claims.get('content'))) return refused('The claim content is none of its values.')
  if (claims.has('digest') && !isText(claims.get('digest'), 512)) return refused('The claim digest is no bounded text.')
  if (claims.has('outcome') && claims.get('outcome') !== 'observed') {
    return refused('The claim outcome is none of its values.')
  }
  // Every member of the type was just checked, and there is no other.
  return { outcome: 'parsed', claims: Object.fromEntries(claims) as AssertionClaims }
}

function isText(value: unknown, maxLength: number): boolean {
  return typeof value === 'string' && value !== '' && value.length <= maxLength
}

function isNaturalNumber(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

function refused(detail: string): RefusedWithDetail {
  return { outcome: 'refused', detail }
}
