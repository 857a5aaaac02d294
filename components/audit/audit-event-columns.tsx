import { HostileText } from '@/components/common/hostile-text'
import type { Column } from '@/components/table/data-table'
import { Instant } from '@/components/ui/instant'
import type { AuditEvent } from '@/lib/contract/audit-events'
import { auditActions, type AuditActorType } from '@/lib/domain/audit/audit-action'

const actorTypes: Readonly<Record<AuditActorType, string>> = {
  operator: 'operator',
  api_token: 'API token',
  local_administrator: 'on the server itself',
  machine: 'machine',
  system: 'system',
}

const titles = new Map<string, string>(Object.entries(auditActions).map(([action, { title }]) => [action, title]))

/** "Machine revoked"; an action that a newer version wrote is shown by its id. */
export function nameOfAuditAction(action: string): string {
  return titles.get(action) ?? action
}

/** The columns of lists of audit events. Audits are read in UTC. */
export function auditEventColumns({ hasTarget = true }: { readonly hasTarget?: boolean } = {}): Column<AuditEvent>[] {
  return [
    { id: 'at', header: 'Time (UTC)', className: 'w-44', cell: (event) => <Instant at={event.at} show="utc" /> },
    { id: 'action', header: 'What', className: 'min-w-40', cell: (event) => nameOfAuditAction(event.action) },
    {
      id: 'actor',
      header: 'Who',
      className: 'min-w-36 max-w-64',
      cell: ({ actor }) => (
        <span>
          <HostileText text={actor.name} maxLength={64} />
          {actorTypes[actor.type] !== actor.name && <span className="text-quiet">, {actorTypes[actor.type]}</span>}
        </span>
      ),
    },
    ...(hasTarget
      ? [
          {
            id: 'target',
            header: 'To what',
            className: 'min-w-36 max-w-64',
            cell: ({ target }: AuditEvent) => <HostileText text={target.name} maxLength={64} />,
          },
        ]
      : []),
    {
      id: 'reason',
      header: 'Reason',
      className: 'min-w-48',
      cell: ({ reason }) =>
        reason === null ? <span className="text-faint">–</span> : <HostileText text={reason} maxLength={500} />,
    },
  ]
}
