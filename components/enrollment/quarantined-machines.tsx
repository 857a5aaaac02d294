'use client'

import { useQuery } from '@tanstack/react-query'
import { ProblemState } from '@/components/common/problem-state'
import { MachineButtons } from '@/components/machine/machine-buttons'
import { MachineLink } from '@/components/machine/machine-link'
import { useMachineAction } from '@/components/machine/use-machine-action'
import { LabelList } from '@/components/common/label-list'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { Identifier } from '@/components/ui/identifier'
import { Instant } from '@/components/ui/instant'
import { Pager } from '@/components/ui/pager'
import { Skeleton } from '@/components/ui/skeleton'
import { EmptyState } from '@/components/ui/state-panel'
import { quarantinedMachinesQuery } from '@/lib/client/queries/machine-queries'
import type { Machine } from '@/lib/contract/machines'
import type { MachineActionName } from '@/lib/client/machine-actions'
import { QuarantineEvidence } from './quarantine-evidence'

export interface QuarantinedMachinesProps {
  readonly after: string | null
  readonly onPage: (after: string | null) => void
}

/** Machines of which a copy was seen, with what was seen, to be released or revoked. */
export function QuarantinedMachines({ after, onPage }: QuarantinedMachinesProps) {
  const query = useQuery(quarantinedMachinesQuery(after))
  const { open, dialog } = useMachineAction()
  const machines = query.data?.items
  const hasNext = (query.data?.nextCursor ?? null) !== null
  return (
    <>
      <Card
        title="Quarantined machines"
        description="Two copies of each were seen. They are allowed nothing, and cannot renew, until somebody has looked at both sides."
        isFlush
      >
        {machines === undefined && query.isError && (
          <ProblemState error={query.error} permission="machines.read" onRetry={() => void query.refetch()} />
        )}
        {machines === undefined && !query.isError && (
          <div aria-busy className="flex flex-col gap-3 p-4">
            <Skeleton className="w-40" />
            <Skeleton className="w-96 max-w-full" />
            <Skeleton className="w-80 max-w-full" />
          </div>
        )}
        {machines?.length === 0 && after === null && (
          <EmptyState title="No machine is quarantined">
            When a copy of a machine is used beside the original, both are stopped and stand here.
          </EmptyState>
        )}
        {machines?.length === 0 && after !== null && (
          <EmptyState
            title="No machine on this page"
            action={<Button onClick={() => onPage(null)}>First page</Button>}
          />
        )}
        {machines !== undefined && machines.length > 0 && (
          <>
            <ul>
              {machines.map((machine) => (
                <Item key={machine.id} machine={machine} onAction={(action) => open(action, machine)} />
              ))}
            </ul>
            <Pager
              shown={machines.length}
              noun={['machine', 'machines']}
              hasNext={hasNext}
              isFirst={after === null}
              isLoading={query.isPlaceholderData}
              onNext={() => onPage(query.data?.nextCursor ?? null)}
              onFirst={() => onPage(null)}
            />
          </>
        )}
      </Card>
      {dialog}
    </>
  )
}

interface ItemProps {
  readonly machine: Machine
  readonly onAction: (action: MachineActionName) => void
}

function Item({ machine, onAction }: ItemProps) {
  return (
    <li className="flex flex-col gap-3 border-b border-line px-4 py-3 last:border-b-0">
      <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2">
        <div className="flex min-w-0 flex-col gap-1">
          <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <MachineLink machine={machine} />
            <Identifier value={machine.id} what="machine ID" className="text-quiet" />
            <span className="text-quiet">
              quarantined <Instant at={machine.stateChangedAt} />
            </span>
          </span>
          <LabelList labels={machine.labels} max={6} />
        </div>
        <div className="flex flex-wrap gap-2">
          <MachineButtons machine={machine} onAction={onAction} />
        </div>
      </div>
      <QuarantineEvidence machine={machine} />
    </li>
  )
}
