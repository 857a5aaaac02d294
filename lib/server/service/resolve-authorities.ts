import type { ServiceAuthority } from '@/lib/domain/service/find-authority-overlap'
import { refuse, type FieldProblem, type Refusal } from '@/lib/domain/refusal'
import { parseAuthority } from '@/lib/protocol'

/**
 * The authorities of an input in canonical form: lower case, the default ports of http and https left away, because
 * signers leave them away too (RFC 9421 §2.2.3).
 */
export function resolveAuthorities(
  given: readonly ServiceAuthority[],
): { readonly outcome: 'resolved'; readonly authorities: ServiceAuthority[] } | Refusal<'request_malformed'> {
  const problems: FieldProblem[] = []
  const seen = new Map<string, ServiceAuthority>()
  given.forEach(({ authority, pathPrefix }, index) => {
    const parsed = parseAuthority(authority, authority.endsWith(':80') ? 'http' : 'https')
    if (parsed.outcome === 'refused') {
      problems.push({ path: `body.authorities.${index}.authority`, message: parsed.detail })
      return
    }
    seen.set(`${parsed.authority}${pathPrefix}`, { authority: parsed.authority, pathPrefix })
  })
  const [first] = problems
  if (first === undefined) return { outcome: 'resolved', authorities: [...seen.values()] }
  return refuse('request_malformed', `${first.path}: ${first.message}`, problems)
}
