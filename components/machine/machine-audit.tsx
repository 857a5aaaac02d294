'use client'

import { useQuery } from '@tanstack/react-query'
import { ProblemState } from '@/components/common/problem-state'
import { auditEventColumns } from '@/components/audit/audit-event-columns'
import { DataTable } from '@/components/table/data-table'
import { Card } from '@/components/ui/card'
import { EmptyState } from '@/components/ui/state-panel'
import { auditEventListQuery } from '@/lib/client/queries/audit-event-queries'

/** What operators and the system did to one machine. */
export function MachineAudit({ machineId }: { readonly machineId: string }) {
  const query = useQuery(auditEventListQuery({ target: machineId, limit: '50' }))
  const rows = query.data?.items
  return (
    <Card title="Audit" description="What was done to this machine, newest first." isFlush>
      <DataTable
        label="Audit events of this machine"
        columns={auditEventColumns({ hasTarget: false })}
        rows={rows}
        rowKey={(event) => event.id}
        skeletonRows={3}
        state={
          query.isError && rows === undefined ? (
            <ProblemState error={query.error} permission="audit.read" onRetry={() => void query.refetch()} />
          ) : rows?.length === 0 ? (
            <EmptyState title="Nothing was done to this machine" />
          ) : null
        }
      />
    </Card>
  )
}
