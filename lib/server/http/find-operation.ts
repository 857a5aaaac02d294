import { operations, type OperationId } from '@/lib/contract/operations'

/** Where the contract's paths begin. */
export const apiBase = '/api/v1'

export type FindOperationResult =
  | { readonly outcome: 'found'; readonly id: OperationId; readonly params: Readonly<Record<string, string>> }
  | { readonly outcome: 'no_such_path' }
  | { readonly outcome: 'no_such_method'; readonly allowed: readonly string[] }

/** The paths of the contract, cut into segments once. */
const routes = Object.entries(operations).map(([id, operation]) => ({
  // Object.entries forgets that its keys are those of the object.
  id: id as OperationId,
  method: operation.method,
  segments: operation.path.slice(1).split('/'),
}))

/**
 * The operation of a method and a raw path. Segments are compared as they were sent: nothing in the contract needs
 * percent-encoding, so an encoded segment matches no literal and its parameter is refused by its schema. HEAD is GET.
 */
export function findOperation(method: string, path: string): FindOperationResult {
  if (!path.startsWith(`${apiBase}/`)) return { outcome: 'no_such_path' }
  const segments = path.slice(apiBase.length + 1).split('/')
  const onPath = routes.flatMap((route) => {
    const params = matchSegments(route.segments, segments)
    return params === null ? [] : [{ ...route, params }]
  })
  if (onPath.length === 0) return { outcome: 'no_such_path' }
  const wanted = method === 'HEAD' ? 'GET' : method
  const found = onPath.find((route) => route.method === wanted)
  if (found !== undefined) return { outcome: 'found', id: found.id, params: found.params }
  const methods = onPath.map((route) => route.method)
  return {
    outcome: 'no_such_method',
    allowed: [...new Set([...methods, ...(methods.includes('GET') ? ['HEAD'] : [])])],
  }
}

function matchSegments(pattern: readonly string[], segments: readonly string[]): Record<string, string> | null {
  if (pattern.length !== segments.length) return null
  const params: Record<string, string> = {}
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index] ?? ''
    const name = /^\{(\w+)\}$/.exec(part)?.[1]
    if (name === undefined && part !== segment) return null
    if (name !== undefined && segment === '') return null
    if (name !== undefined) params[name] = segment
  }
  return params
}
