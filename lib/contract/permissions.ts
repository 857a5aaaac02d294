import type { OperatorRole } from '@/lib/domain/operator/operator-role'

const everybody: readonly OperatorRole[] = ['viewer', 'operator', 'administrator']
const operators: readonly OperatorRole[] = ['operator', 'administrator']
const administrators: readonly OperatorRole[] = ['administrator']

/** Who may do what. A permission that is not listed here belongs to nobody. */
export const permissionRoles = {
  'self.read': everybody,
  // One's own password, second factor and recovery codes.
  'self.write': everybody,
  'deployment.read': everybody,
  // Lets machines act again after a restore, on the word that what is missing is known.
  'deployment.restore': administrators,
  'services.read': everybody,
  'services.write': administrators,
  // Sends a request from this server to an address of the service.
  'services.probe': administrators,
  'gateways.read': everybody,
  'gateways.write': administrators,
  'join_tokens.read': everybody,
  'join_tokens.write': operators,
  'machines.read': everybody,
  'machines.suspend': operators,
  'machines.release': operators,
  'machines.revoke': operators,
  // Labels decide which services a machine may call.
  'machines.label': administrators,
  'decisions.read': everybody,
  'audit.read': everybody,
  'api_tokens.read': everybody,
  'api_tokens.write': administrators,
  'operators.read': everybody,
  'operators.write': administrators,
  // Of everybody their own; of administrators everybody's (lib/server/session).
  'sessions.read': everybody,
  'sessions.end': everybody,
} as const satisfies Record<string, readonly OperatorRole[]>

/** `public` operations are answered without a token; they tell nothing about the deployment. */
export type Permission = keyof typeof permissionRoles | 'public'

/** Whether a role has a permission. Unlisted is denied. */
export function roleMay(role: OperatorRole, permission: Permission): boolean {
  if (permission === 'public') return true
  if (!Object.hasOwn(permissionRoles, permission)) return false
  const roles: readonly OperatorRole[] = permissionRoles[permission]
  return roles.includes(role)
}

/** All permissions of a role, in the order of the table. */
export function permissionsOf(role: OperatorRole): (keyof typeof permissionRoles)[] {
  const all = Object.keys(permissionRoles) as (keyof typeof permissionRoles)[]
  return all.filter((permission) => roleMay(role, permission))
}
