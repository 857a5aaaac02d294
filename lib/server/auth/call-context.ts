import type { AuditActor } from '@/lib/domain/audit/audit-action'
import type { Principal } from '@/lib/domain/operator/principal'

/** On whose behalf, and in which call, a use case runs. */
export interface CallContext {
  readonly principal: Principal
  readonly requestId: string
  /** Where the call came from, for the counting of tries. */
  readonly address?: string | null
}

/** The principal as the audit log names it. */
export function actorOf(principal: Principal): AuditActor {
  return { type: principal.type, id: principal.id, name: principal.name }
}

/** The principal as `created_by` columns name it. */
export function describePrincipal(principal: Principal): string {
  return principal.id === null ? principal.name : `${principal.name} (${principal.id})`
}
