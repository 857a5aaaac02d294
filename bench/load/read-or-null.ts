import { readFileSync } from 'node:fs'

/** A file as text; null where there is none. */
export function readOrNull(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}
