import type { AuditActor } from '@/lib/domain/audit/audit-action'
import type { Principal } from '@/lib/domain/operator/principal'

/** On whose behalf, and in which call, a use case runs. */
export interface CallContext {
  readonly principal: Principal
  readonly requestId: string
  /** Where the call came from: for the counting of tries, and for the audit log. */
  readonly address?: string | null
}

/** Who, in which call, and from where: what an audit event says of a call of the API. */
export function originOf({ principal, requestId, address }: CallContext): {
  readonly actor: AuditActor
  readonly requestId: string
  readonly address: string | null
} {
  const { type, id, name } = principal
  return { actor: { type, id, name }, requestId, address: address ?? null }
}

/** The principal as `created_by` columns name it. */
export function describePrincipal(principal: Principal): string {
  return principal.id === null ? principal.name : `${principal.name} (${principal.id})`
}
