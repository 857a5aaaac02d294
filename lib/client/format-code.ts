import { errorCodes, type ErrorCodeEntry } from '@/lib/domain/error-code'

const known = new Map<string, ErrorCodeEntry>(Object.entries(errorCodes))

/** "Credential replayed": a code as a phrase in sentence case. */
export function nameOfCode(code: string): string {
  const words = code.replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** What a code means and what to do; null for one that this version does not know. */
export function explainCode(code: string): { readonly title: string; readonly advice: string } | null {
  return known.get(code) ?? null
}
