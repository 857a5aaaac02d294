import type { ReactNode } from 'react'
import { HostileText } from '@/components/common/hostile-text'
import type { Column } from '@/components/table/data-table'
import type { AuditEvent } from '@/lib/contract/audit-events'
import { nameOfAuditAction } from '@/lib/client/audit-words'
import { AuditActorText } from './audit-actor'
import { AuditTargetLink } from './audit-target-link'

export interface AuditEventColumnsInput {
  /** What opens the event: a button or a link around the instant, marked `data-row-link`. */
  readonly open: (event: AuditEvent) => ReactNode
  /** The page of one thing does not name it in each row. */
  readonly hasTarget?: boolean
}

/** The columns of lists of audit events. Audits are read in UTC. */
export function auditEventColumns({ open, hasTarget = true }: AuditEventColumnsInput): Column<AuditEvent>[] {
  return [
    { id: 'at', header: 'Time (UTC)', className: 'max-sm:max-w-32 max-sm:min-w-32 sm:w-44', cell: open },
    { id: 'action', header: 'What', className: 'min-w-40', cell: (event) => nameOfAuditAction(event.action) },
    ...(hasTarget
      ? [
          {
            id: 'target',
            header: 'To what',
            className: 'min-w-40 max-w-56',
            cell: ({ target }: AuditEvent) => <AuditTargetLink target={target} isOneLine />,
          },
        ]
      : []),
    {
      id: 'actor',
      header: 'Who',
      className: 'min-w-36 max-w-64',
      cell: ({ actor }) => <AuditActorText actor={actor} />,
    },
    {
      id: 'reason',
      header: 'Reason',
      className: 'min-w-40',
      cell: ({ reason }) =>
        reason === null ? <span className="text-faint">–</span> : <HostileText text={reason} maxLength={160} />,
    },
    {
      id: 'address',
      header: 'From',
      className: 'max-w-40 whitespace-nowrap',
      cell: ({ address }) =>
        address === null ? (
          <span className="text-faint">–</span>
        ) : (
          <HostileText text={address} maxLength={45} isOneLine className="font-mono text-xs" />
        ),
    },
  ]
}
