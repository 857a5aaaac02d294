'use client'

import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { decisionColumns, OpenDecision } from '@/components/decision/decision-columns'
import { DataTable } from '@/components/table/data-table'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { EmptyState } from '@/components/ui/state-panel'
import type { Overview } from '@/lib/contract/overview'

const all = '/credential-use?outcome=denied'

/** The newest denials with their reasons. */
export function LatestDenials({ denials }: { readonly denials: Overview['latestDenials'] }) {
  const router = useRouter()
  const columns = decisionColumns({
    open: (decision) => (
      <OpenDecision at={decision.at} show="relative" onOpen={() => router.push(`${all}&decision=${decision.id}`)} />
    ),
  }).filter(({ id }) => id !== 'outcome')
  return (
    <Card
      title="Latest denials"
      isFlush
      action={
        <Button asChild size="sm" look="quiet">
          <Link href={all}>Show all</Link>
        </Button>
      }
    >
      <DataTable
        label="Latest denials"
        columns={columns}
        rows={denials}
        rowKey={(decision) => decision.id}
        state={denials.length === 0 ? <EmptyState title="Nothing was denied yet" /> : null}
      />
    </Card>
  )
}
