'use client'

import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { ProblemState } from '@/components/common/problem-state'
import { decisionColumns, OpenDecision } from '@/components/decision/decision-columns'
import { DataTable } from '@/components/table/data-table'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { EmptyState } from '@/components/ui/state-panel'
import { decisionListQuery } from '@/lib/client/queries/decision-queries'

export interface MachineDecisionsProps {
  readonly machineId: string
  readonly outcome: 'allowed' | 'denied'
}

const texts = {
  allowed: {
    title: 'Recent uses',
    empty: 'This machine was never allowed a request',
    advice: 'Once a request of it passes a gateway, it stands here.',
  },
  denied: {
    title: 'Denials',
    empty: 'No request of this machine was denied',
    advice: 'Requests that name it and do not prove it are listed under Credential use.',
  },
} as const

/** The newest decisions about one machine, and the way to all of them. */
export function MachineDecisions({ machineId, outcome }: MachineDecisionsProps) {
  const router = useRouter()
  const query = useQuery(decisionListQuery({ machine: machineId, outcome, limit: '15' }, { everyMs: 5_000 }))
  const all = `/credential-use?machine=${machineId}&outcome=${outcome}`
  const { title, empty, advice } = texts[outcome]
  const rows = query.isPlaceholderData ? undefined : query.data?.items
  const columns = decisionColumns({
    hasMachine: false,
    open: (decision) => (
      <OpenDecision at={decision.at} show="relative" onOpen={() => router.push(`${all}&decision=${decision.id}`)} />
    ),
  })
  return (
    <Card
      title={title}
      isFlush
      action={
        <Button asChild size="sm" look="quiet">
          <Link href={all}>Show all</Link>
        </Button>
      }
    >
      <DataTable
        label={title}
        columns={columns.filter(({ id }) => id !== 'outcome' && (id !== 'reason' || outcome === 'denied'))}
        rows={rows}
        rowKey={(decision) => decision.id}
        skeletonRows={5}
        state={
          query.isError && rows === undefined ? (
            <ProblemState error={query.error} permission="decisions.read" onRetry={() => void query.refetch()} />
          ) : rows?.length === 0 ? (
            <EmptyState title={empty}>{advice}</EmptyState>
          ) : null
        }
      />
    </Card>
  )
}
