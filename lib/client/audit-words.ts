import {
  auditActions,
  type AuditAction,
  type AuditActorType,
  type AuditTargetType,
} from '@/lib/domain/audit/audit-action'
import { anyIdPattern } from '@/lib/domain/ids'

export const auditActorTypeNames: Readonly<Record<AuditActorType, string>> = {
  operator: 'operator',
  api_token: 'API token',
  local_administrator: 'local administrator',
  machine: 'machine',
  system: 'system',
}

interface AuditTargetText {
  readonly noun: string
  /** Heads the actions on such things. */
  readonly group: string
  /** The page that shows it, or the list that it stands in. */
  readonly href: (id: string) => string
}

/** What the audit log tells of, in the order in which people look for it. A new kind of thing fails to compile. */
const auditTargets: Readonly<Record<AuditTargetType, AuditTargetText>> = {
  machine: { noun: 'machine', group: 'Machines', href: (id) => `/machines/${id}` },
  service: { noun: 'service', group: 'Services', href: (id) => `/services/${id}` },
  gateway: { noun: 'gateway', group: 'Gateways', href: () => '/services' },
  join_token: { noun: 'join token', group: 'Join tokens', href: () => '/enrollment' },
  operator: { noun: 'operator', group: 'Operators', href: () => '/settings/operators' },
  session: { noun: 'session', group: 'Sessions', href: () => '/settings/sessions' },
  api_token: { noun: 'API token', group: 'API tokens', href: () => '/settings/api-tokens' },
  deployment: { noun: 'deployment', group: 'Deployment', href: () => '/settings/deployment' },
  deployment_key: { noun: 'deployment key', group: 'Deployment keys', href: () => '/settings/deployment' },
}

const titles = new Map<string, string>(Object.entries(auditActions).map(([action, { title }]) => [action, title]))
const targets = new Map<string, AuditTargetText>(Object.entries(auditTargets))

export const auditActionNames = Object.keys(auditActions) as [AuditAction, ...AuditAction[]]

/** "Machine revoked"; an action that a newer version wrote is shown by its id. */
export function nameOfAuditAction(action: string): string {
  return titles.get(action) ?? action
}

/** "API token", for a kind of thing; one that a newer version wrote is shown as it is. */
export function nounOfAuditTarget(type: string): string {
  return targets.get(type)?.noun ?? type
}

/** Where to look at what an event is about; null where there is no such thing, such as an account that nobody has. */
export function hrefOfAuditTarget({ type, id }: { readonly type: string; readonly id: string }): string | null {
  const isShown = anyIdPattern.test(id) || type === 'deployment_key'
  return isShown ? (targets.get(type)?.href(id) ?? null) : null
}

/** Every action once, under the kind of thing that it is done to. */
export const auditActionGroups: readonly { readonly group: string; readonly actions: readonly AuditAction[] }[] =
  Object.entries(auditTargets).map(([type, { group }]) => ({
    group,
    actions: auditActionNames.filter((action) => auditActions[action].target === type),
  }))
