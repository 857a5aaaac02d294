import { parseId } from '@/lib/domain/ids'
import type { Principal } from '@/lib/domain/operator/principal'

/**
 * Whose sessions a caller may see and end: an administrator's everybody's (`all`), an operator's its own, anybody else's
 * nobody's. It goes into the `where` of the query, so that a foreign session is as missing as one that never was.
 */
export function findVisibleOperator(
  principal: Principal,
): { readonly scope: 'all' } | { readonly scope: 'own'; readonly operatorId: string } | { readonly scope: 'none' } {
  if (principal.role === 'administrator') return { scope: 'all' }
  const operatorId = principal.type === 'operator' && principal.id !== null ? parseId('op', principal.id) : null
  return operatorId === null ? { scope: 'none' } : { scope: 'own', operatorId }
}
