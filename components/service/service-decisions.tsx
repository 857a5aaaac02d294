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
import { serviceTrafficQuery } from '@/lib/client/queries/service-queries'

const shown = 20

/** The newest decisions about one service, of the last hour, and the way to all of them. */
export function ServiceDecisions({ slug }: { readonly slug: string }) {
  const router = useRouter()
  const query = useQuery(serviceTrafficQuery(slug))
  const all = `/credential-use?service=${slug}`
  const rows = query.data?.items.slice(0, shown)
  const columns = decisionColumns({
    open: (decision) => (
      <OpenDecision at={decision.at} show="relative" onOpen={() => router.push(`${all}&decision=${decision.id}`)} />
    ),
  })
  return (
    <Card
      title="Recent requests"
      description="Of the last hour, newest first."
      isFlush
      action={
        <Button asChild size="sm" look="quiet">
          <Link href={all}>Show all</Link>
        </Button>
      }
    >
      <DataTable
        label="Recent requests"
        columns={columns.filter(({ id }) => id !== 'service')}
        rows={rows}
        rowKey={(decision) => decision.id}
        skeletonRows={5}
        state={
          query.isError && rows === undefined ? (
            <ProblemState error={query.error} permission="decisions.read" onRetry={() => void query.refetch()} />
          ) : rows?.length === 0 ? (
            <EmptyState
              title="No gateway asked about it within the last hour"
              action={
                <Button asChild>
                  <Link href={all}>Look further back</Link>
                </Button>
              }
            >
              Once a request reaches one of its gateways, it stands here.
            </EmptyState>
          ) : null
        }
      />
    </Card>
  )
}
