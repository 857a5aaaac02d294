/** The one registry of what the audit log records. */
export const auditActions = {
  'deployment.start': { target: 'deployment', title: 'Deployment made' },
  'deployment.restore_detected': { target: 'deployment', title: 'Failover or restore noticed' },
  'deployment.backup': { target: 'deployment', title: 'Backup made' },
  'deployment.restore': { target: 'deployment', title: 'Backup restored' },
  'deployment.move': { target: 'deployment', title: 'Moved to another database' },
  'deployment_key.create': { target: 'deployment_key', title: 'Deployment key made' },
  'deployment_key.destroy': { target: 'deployment_key', title: 'Deployment key destroyed' },
  'service.create': { target: 'service', title: 'Service created' },
  'service.update': { target: 'service', title: 'Service changed' },
  'service.probe': { target: 'service', title: 'Service probed' },
  'gateway.create': { target: 'gateway', title: 'Gateway created' },
  'gateway.update': { target: 'gateway', title: 'Gateway changed' },
  'gateway_key.add': { target: 'gateway', title: 'Gateway key added' },
  'gateway_certificate.add': { target: 'gateway', title: 'Gateway certificate pinned' },
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
  'operator.set_up': { target: 'operator', title: 'First administrator set up' },
  'operator.create': { target: 'operator', title: 'Operator created' },
  'operator.update_role': { target: 'operator', title: 'Operator’s role changed' },
  'operator.remove': { target: 'operator', title: 'Operator removed' },
  'operator.reset': { target: 'operator', title: 'Reset link made for an operator' },
  'operator.accept_link': { target: 'operator', title: 'Password chosen through a link' },
  'operator.change_password': { target: 'operator', title: 'Password changed' },
  'operator.enroll_totp': { target: 'operator', title: 'Second factor set up' },
  'operator.make_recovery_codes': { target: 'operator', title: 'Recovery codes made' },
  'operator.use_recovery_code': { target: 'operator', title: 'Recovery code used' },
  'session.begin': { target: 'session', title: 'Signed in' },
  'session.refuse': { target: 'operator', title: 'Sign-in refused' },
  'session.end': { target: 'session', title: 'Session ended' },
  'session.end_others': { target: 'operator', title: 'All other sessions ended' },
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
