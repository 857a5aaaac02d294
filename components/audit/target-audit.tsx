'use client'

import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { ProblemState } from '@/components/common/problem-state'
import { DataTable } from '@/components/table/data-table'
import { buttonClass } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { Instant } from '@/components/ui/instant'
import { EmptyState } from '@/components/ui/state-panel'
import { auditEventListQuery } from '@/lib/client/queries/audit-event-queries'
import { auditEventColumns } from './audit-event-columns'

export interface TargetAuditProps {
  /** TypeID of what it was done to. */
  readonly target: string
  /** "machine". */
  readonly noun: string
}

/** What operators and the system did to one thing. */
export function TargetAudit({ target, noun }: TargetAuditProps) {
  const query = useQuery(auditEventListQuery({ target, limit: '50' }))
  const rows = query.data?.items
  const columns = auditEventColumns({
    hasTarget: false,
    open: (event) => (
      <Link href={`/audit-log?event=${event.id}`} prefetch={false} data-row-link className="rounded-sm hover:underline">
        <Instant at={event.at} show="utc" isInControl className="max-sm:whitespace-normal" />
        <span className="sr-only">, open event</span>
      </Link>
    ),
  })
  return (
    <Card
      title="Audit"
      description={`What was done to this ${noun}, newest first.`}
      action={
        <Link href={`/audit-log?target=${target}`} className={buttonClass('quiet', 'sm')}>
          Open in the audit log
        </Link>
      }
      isFlush
    >
      <DataTable
        label={`Audit events of this ${noun}`}
        columns={columns}
        rows={rows}
        rowKey={(event) => event.id}
        skeletonRows={3}
        state={
          query.isError && rows === undefined ? (
            <ProblemState error={query.error} permission="audit.read" onRetry={() => void query.refetch()} />
          ) : rows?.length === 0 ? (
            <EmptyState title={`Nothing was done to this ${noun}`} />
          ) : null
        }
      />
    </Card>
  )
}
