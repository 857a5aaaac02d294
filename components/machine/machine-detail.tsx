'use client'

import { useQuery } from '@tanstack/react-query'
import { parseAsStringLiteral, useQueryState } from 'nuqs'
import Link from 'next/link'
import { useState } from 'react'
import { TargetAudit } from '@/components/audit/target-audit'
import { HostileText } from '@/components/common/hostile-text'
import { ProblemState } from '@/components/common/problem-state'
import { UpdatedAt } from '@/components/common/updated-at'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { Identifier } from '@/components/ui/identifier'
import { Notice } from '@/components/ui/notice'
import { PageHeader } from '@/components/ui/page-header'
import { EmptyState } from '@/components/ui/state-panel'
import { Tabs, type Tab } from '@/components/ui/tabs'
import { describeMachineChange } from '@/lib/client/describe-change'
import { machineActions } from '@/lib/client/machine-actions'
import { machineQuery } from '@/lib/client/queries/machine-queries'
import { GenerationTimeline } from './generation-timeline'

import { MachineButtons } from './machine-buttons'
import { MachineDecisions } from './machine-decisions'
import { MachineIdentity } from './machine-identity'
import { MachineReported } from './machine-reported'
import { MachineSkeleton } from './machine-skeleton'
import { MachineStateBadge } from './machine-state-badge'
import { useMachineAction, type MachineActionResult } from './use-machine-action'

const tabNames = ['uses', 'denials', 'keys', 'audit'] as const

const tabs: readonly Tab<(typeof tabNames)[number]>[] = [
  { value: 'uses', label: 'Recent uses' },
  { value: 'denials', label: 'Denials' },
  { value: 'keys', label: 'Keys and generations' },
  { value: 'audit', label: 'Audit' },
]

export function MachineDetail({ machineId }: { readonly machineId: string }) {
  const query = useQuery(machineQuery(machineId))
  const [tab, setTab] = useQueryState('tab', parseAsStringLiteral(tabNames).withDefault('uses'))
  const [result, setResult] = useState<MachineActionResult | null>(null)
  const { open, dialog } = useMachineAction(setResult)
  const machine = query.data
  if (machine === undefined) {
    if (!query.isError) return <MachineSkeleton />
    return (
      <>
        <PageHeader title="Machine" />
        <Card>
          <ProblemState
            error={query.error}
            permission="machines.read"
            onRetry={() => void query.refetch()}
            notFound={
              <EmptyState
                title="There is no such machine"
                action={
                  <Button asChild>
                    <Link href="/machines">All machines</Link>
                  </Button>
                }
              >
                This deployment never enrolled a machine with the ID {machineId.slice(0, 40)}.
              </EmptyState>
            }
          />
        </Card>
      </>
    )
  }
  return (
    <>
      <PageHeader
        title={<HostileText text={machine.name} maxLength={128} />}
        aside={<MachineStateBadge state={machine.state} />}
        description={<Identifier value={machine.id} what="machine ID" isWhole />}
        actions={
          <>
            <UpdatedAt at={query.dataUpdatedAt} isFetching={query.isFetching} onRefresh={() => void query.refetch()} />
            <MachineButtons machine={machine} onAction={(action) => open(action, machine)} />
          </>
        }
      />
      {result !== null && (
        <Notice
          tone="good"
          title={`${machineActions[result.action].done}. ${describeMachineChange(result.change)}`}
          action={
            <Button look="quiet" size="sm" onClick={() => setResult(null)}>
              Dismiss
            </Button>
          }
        />
      )}
      {machine.stateReason !== null && machine.state !== 'active' && (
        <Notice tone={machine.state === 'quarantined' ? 'bad' : 'warn'} title={`Why it is ${machine.state}`}>
          <HostileText text={machine.stateReason} maxLength={1024} />
        </Notice>
      )}
      <div className="grid items-start gap-5 xl:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <MachineIdentity machine={machine} />
        <MachineReported reported={machine.reported} />
      </div>
      <Tabs label="About this machine" tabs={tabs} value={tab} onValueChange={(value) => void setTab(value)}>
        {tab === 'uses' && <MachineDecisions machineId={machine.id} outcome="allowed" />}
        {tab === 'denials' && <MachineDecisions machineId={machine.id} outcome="denied" />}
        {tab === 'keys' && <GenerationTimeline machine={machine} />}
        {tab === 'audit' && <TargetAudit target={machine.id} noun="machine" />}
      </Tabs>
      {dialog}
    </>
  )
}
