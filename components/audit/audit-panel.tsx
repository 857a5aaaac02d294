'use client'

import { useQuery } from '@tanstack/react-query'
import { ProblemState } from '@/components/common/problem-state'
import { Sheet } from '@/components/ui/sheet'
import { Skeleton } from '@/components/ui/skeleton'
import { EmptyState } from '@/components/ui/state-panel'
import type { AuditEvent } from '@/lib/contract/audit-events'
import { auditEventQuery } from '@/lib/client/queries/audit-event-queries'
import { AuditEventFacts } from './audit-event-facts'

export interface AuditPanelProps {
  /** Null: closed. */
  readonly id: string | null
  /** Of the list, shown at once. */
  readonly known: AuditEvent | undefined
  readonly onClose: () => void
}

/** One event over the list: who did what to what, why, from where, and what it was before. */
export function AuditPanel({ id, known, onClose }: AuditPanelProps) {
  return (
    <Sheet
      isOpen={id !== null}
      onOpenChange={(isOpen) => {
        if (!isOpen) onClose()
      }}
      title="Audit event"
    >
      {id !== null && <PanelBody key={id} id={id} known={known} />}
    </Sheet>
  )
}

function PanelBody({ id, known }: Pick<AuditPanelProps, 'known'> & { readonly id: string }) {
  const query = useQuery({ ...auditEventQuery(id), enabled: known === undefined })
  const event = known ?? query.data
  if (event !== undefined) return <AuditEventFacts event={event} />
  if (query.isError) {
    return (
      <ProblemState
        error={query.error}
        permission="audit.read"
        onRetry={() => void query.refetch()}
        notFound={<EmptyState title="No such audit event">The address is wrong: events are kept for good.</EmptyState>}
      />
    )
  }
  return (
    <div aria-busy className="flex flex-col gap-3 p-4">
      <Skeleton className="w-40" />
      <Skeleton className="w-72" />
      <Skeleton className="w-56" />
    </div>
  )
}
