/** The one registry of what the audit log records. */
export const auditActions = {
  'deployment.start': { target: 'deployment', title: 'Deployment made' },
  'deployment.restore_detected': { target: 'deployment', title: 'Failover or restore noticed' },
  'deployment_key.create': { target: 'deployment_key', title: 'Deployment key made' },
  'deployment_key.destroy': { target: 'deployment_key', title: 'Deployment key destroyed' },
  'service.create': { target: 'service', title: 'Service created' },
  'service.update': { target: 'service', title: 'Service changed' },
  'gateway.create': { target: 'gateway', title: 'Gateway created' },
  'gateway.update': { target: 'gateway', title: 'Gateway changed' },
  'gateway_key.add': { target: 'gateway', title: 'Gateway key added' },
  'gateway_key.remove': { target: 'gateway', title: 'Gateway key removed' },
  'join_token.create': { target: 'join_token', title: 'Join token created' },
  'join_token.revoke': { target: 'join_token', title: 'Join token revoked' },
  'machine.enroll': { target: 'machine', title: 'Machine enrolled' },
  'machine.quarantine': { target: 'machine', title: 'Machine quarantined' },
  'machine.suspend': { target: 'machine', title: 'Machine suspended' },
  'machine.reinstate': { target: 'machine', title: 'Machine reinstated' },
  'machine.release': { target: 'machine', title: 'Machine released from quarantine' },
  'machine.revoke': { target: 'machine', title: 'Machine revoked' },
  'machine.set_labels': { target: 'machine', title: 'Machine labels changed' },
  'machine.fork_storm': { target: 'deployment', title: 'Many machines forked at once; none was quarantined' },
  'api_token.create': { target: 'api_token', title: 'API token created' },
  'api_token.revoke': { target: 'api_token', title: 'API token revoked' },
  'operator.create': { target: 'operator', title: 'Operator created' },
} as const satisfies Record<string, { target: string; title: string }>

export type AuditAction = keyof typeof auditActions

export type AuditTargetType = (typeof auditActions)[AuditAction]['target']

export const auditActorTypes = ['operator', 'api_token', 'local_administrator', 'machine', 'system'] as const

export type AuditActorType = (typeof auditActorTypes)[number]

/** Who did it, by value: the name stays as it was then. */
export interface AuditActor {
  readonly type: AuditActorType
  readonly id: string | null
  readonly name: string
}
