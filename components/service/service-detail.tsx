'use client'

import { useQuery } from '@tanstack/react-query'
import { parseAsStringLiteral, useQueryState } from 'nuqs'
import Link from 'next/link'
import { TargetAudit } from '@/components/audit/target-audit'
import { HostileText } from '@/components/common/hostile-text'
import { ProblemState } from '@/components/common/problem-state'
import { UpdatedAt } from '@/components/common/updated-at'
import { GatewayConfiguration } from '@/components/gateway/gateway-configuration'
import { ServiceGateways } from '@/components/gateway/service-gateways'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { Identifier } from '@/components/ui/identifier'
import { Notice } from '@/components/ui/notice'
import { PageHeader } from '@/components/ui/page-header'
import { EmptyState } from '@/components/ui/state-panel'
import { Tabs, type Tab } from '@/components/ui/tabs'
import { serviceQuery } from '@/lib/client/queries/service-queries'
import { ServiceDecisions } from './service-decisions'
import { ServiceFacts } from './service-facts'
import { ServiceModeBadge } from './service-mode-badge'
import { ServiceProbeCard } from './service-probe-card'
import { ServiceSettings } from './service-settings'
import { ServiceSkeleton } from './service-skeleton'

const tabNames = ['gateways', 'configuration', 'uses', 'settings', 'audit'] as const

const tabs: readonly Tab<(typeof tabNames)[number]>[] = [
  { value: 'gateways', label: 'Gateways' },
  { value: 'configuration', label: 'Configuration' },
  { value: 'uses', label: 'Recent requests' },
  { value: 'settings', label: 'Settings' },
  { value: 'audit', label: 'Audit' },
]

export function ServiceDetail({ serviceId }: { readonly serviceId: string }) {
  const query = useQuery(serviceQuery(serviceId))
  const [tab, setTab] = useQueryState('tab', parseAsStringLiteral(tabNames).withDefault('gateways'))
  const service = query.data
  if (service === undefined) {
    if (!query.isError) return <ServiceSkeleton />
    return (
      <>
        <PageHeader title="Service" />
        <Card>
          <ProblemState
            error={query.error}
            permission="services.read"
            onRetry={() => void query.refetch()}
            notFound={<NoSuchService reference={serviceId} />}
          />
        </Card>
      </>
    )
  }
  return (
    <>
      <PageHeader
        title={<HostileText text={service.name} maxLength={128} />}
        aside={<ServiceModeBadge service={service} />}
        description={<Identifier value={service.slug} what="slug" isWhole />}
        actions={
          <UpdatedAt at={query.dataUpdatedAt} isFetching={query.isFetching} onRefresh={() => void query.refetch()} />
        }
      />
      {service.state === 'active' && service.mode === 'observe' && (
        <Notice tone="warn" title="It observes, and protects nothing yet">
          Requests without a valid countersign are recorded and let through. Enforce under Settings, when the denials
          under Recent requests are only those that you expect.
        </Notice>
      )}
      <div className="grid items-start gap-5 xl:grid-cols-2">
        <ServiceFacts service={service} />
        <ServiceProbeCard service={service} />
      </div>
      <Tabs label="About this service" tabs={tabs} value={tab} onValueChange={(value) => void setTab(value)}>
        {tab === 'gateways' && <ServiceGateways service={service} />}
        {tab === 'configuration' && <GatewayConfiguration service={service} />}
        {tab === 'uses' && <ServiceDecisions slug={service.slug} />}
        {tab === 'settings' && <ServiceSettings service={service} />}
        {tab === 'audit' && <TargetAudit target={service.id} noun="service" />}
      </Tabs>
    </>
  )
}

function NoSuchService({ reference }: { readonly reference: string }) {
  return (
    <EmptyState
      title="There is no such service"
      action={
        <Button asChild>
          <Link href="/services">All services</Link>
        </Button>
      }
    >
      Nothing here is called <HostileText text={reference} maxLength={64} />.
    </EmptyState>
  )
}
