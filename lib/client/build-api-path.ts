import type { Operation } from '@/lib/contract/operation'

export interface GivenInput {
  readonly params?: object
  readonly query?: object | undefined
  readonly body?: unknown
}

/** Path and query of a call. What is undefined is left away; a list repeats its name. */
export function buildApiPath(operation: Pick<Operation, 'path'>, { params = {}, query = {} }: GivenInput): string {
  const given = new Map(Object.entries(params))
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(given.get(name))))
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    const values: unknown[] = Array.isArray(value) ? value : [value]
    for (const item of values) {
      if (typeof item === 'string' || typeof item === 'number' || typeof item === 'boolean') {
        search.append(name, String(item))
      }
    }
  }
  const text = search.toString()
  return `/api/v1${path}${text === '' ? '' : `?${text}`}`
}
