'use client'

import { useQuery } from '@tanstack/react-query'
import { ProblemState } from '@/components/common/problem-state'
import { Notice } from '@/components/ui/notice'
import { Sheet } from '@/components/ui/sheet'
import { Skeleton } from '@/components/ui/skeleton'
import { EmptyState } from '@/components/ui/state-panel'
import type { Decision } from '@/lib/contract/decisions'
import { explainCode } from '@/lib/client/format-code'
import { decisionQuery } from '@/lib/client/queries/decision-queries'
import { DecisionFacts } from './decision-facts'
import { OutcomeBadge } from './outcome-badge'

export interface DecisionPanelProps {
  /** Null: closed. */
  readonly id: string | null
  /** Of the list, shown at once. */
  readonly known: Decision | undefined
  readonly onClose: () => void
  readonly onOpenDecision: (id: string) => void
}

/** One decision over the list: what was asked, what was decided, and why. */
export function DecisionPanel({ id, known, onClose, onOpenDecision }: DecisionPanelProps) {
  return (
    <Sheet
      isOpen={id !== null}
      onOpenChange={(isOpen) => {
        if (!isOpen) onClose()
      }}
      title="Decision"
    >
      {id !== null && <PanelBody key={id} id={id} known={known} onOpenDecision={onOpenDecision} />}
    </Sheet>
  )
}

function PanelBody({
  id,
  known,
  onOpenDecision,
}: Pick<DecisionPanelProps, 'known' | 'onOpenDecision'> & { id: string }) {
  const query = useQuery({ ...decisionQuery(id), enabled: known === undefined })
  const decision = known ?? query.data
  if (decision === undefined && query.isError) {
    return (
      <ProblemState
        error={query.error}
        permission="decisions.read"
        onRetry={() => void query.refetch()}
        notFound={<EmptyState title="No such decision">It is no longer kept, or the address is wrong.</EmptyState>}
      />
    )
  }
  if (decision === undefined) {
    return (
      <div aria-busy className="flex flex-col gap-3 p-4">
        <Skeleton className="w-24" />
        <Skeleton className="w-72" />
        <Skeleton className="w-56" />
      </div>
    )
  }
  const explained = decision.code === null ? null : explainCode(decision.code)
  const first = decision.conflictingDecisionId
  return (
    <div className="flex flex-col gap-4 p-4">
      <div>
        <OutcomeBadge outcome={decision.outcome} />
      </div>
      {explained && (
        <Notice tone={decision.outcome === 'observed' ? 'warn' : 'bad'} title={explained.title}>
          {explained.advice}
        </Notice>
      )}
      {first !== null && (
        <Notice
          tone="warn"
          title="The same credential was used before"
          action={
            <button
              type="button"
              onClick={() => onOpenDecision(first)}
              className="rounded-sm font-medium text-text underline underline-offset-2"
            >
              Show the first use
            </button>
          }
        />
      )}
      <DecisionFacts decision={decision} />
    </div>
  )
}
