'use client'

import { useQuery } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { parseAsBoolean, parseAsString, useQueryStates } from 'nuqs'
import { ProblemState } from '@/components/common/problem-state'
import { useWhyNot } from '@/components/common/viewer'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { Pager } from '@/components/ui/pager'
import { ReasonedButton } from '@/components/ui/reasoned-button'
import { Skeleton } from '@/components/ui/skeleton'
import { EmptyState } from '@/components/ui/state-panel'
import { gatewayActivityQuery, gatewayListQuery } from '@/lib/client/queries/gateway-queries'
import type { Gateway } from '@/lib/contract/gateways'
import type { Service } from '@/lib/contract/services'
import { provesByCertificate } from '@/lib/domain/gateway/gateway-profile'
import { GatewayItem } from './gateway-item'
import { NewGatewayDialog } from './new-gateway-dialog'
import { PinCertificateDialog } from './pin-certificate-dialog'
import { useGatewayKey } from './use-gateway-key'

/** Who may ask about a service, with which keys, and whether it does. */
export function ServiceGateways({ service }: { readonly service: Service }) {
  const [{ gateways: after, 'new-gateway': isNew }, setParams] = useQueryStates(
    { gateways: parseAsString, 'new-gateway': parseAsBoolean.withDefault(false) },
    { history: 'push' },
  )
  const query = useQuery(
    gatewayListQuery({ service: service.slug, limit: '50', ...(after !== null && { cursor: after }) }),
  )
  const activity = useQuery(gatewayActivityQuery(service.slug))
  const { addKey, dialog } = useGatewayKey(service)
  const [pinning, setPinning] = useState<Gateway | null>(null)
  const prove = (gateway: Gateway) => (provesByCertificate(gateway.profile) ? setPinning(gateway) : addKey(gateway))
  const whyNot = useWhyNot('gateways.write')
  const gateways = query.data?.items
  const create = (
    <ReasonedButton size="sm" disabledBecause={whyNot} onClick={() => void setParams({ 'new-gateway': true })}>
      <Plus aria-hidden />
      New gateway
    </ReasonedButton>
  )
  return (
    <>
      <Card
        title="Gateways"
        description="Each asks with a key or a certificate of its own. Two keys at most, so that one can be replaced while the other works."
        action={create}
        isFlush
      >
        {gateways === undefined && query.isError && (
          <ProblemState error={query.error} permission="gateways.read" onRetry={() => void query.refetch()} />
        )}
        {gateways === undefined && !query.isError && (
          <div aria-busy className="flex flex-col gap-3 p-4">
            <Skeleton className="w-48" />
            <Skeleton className="w-80 max-w-full" />
          </div>
        )}
        {gateways?.length === 0 && (
          <EmptyState
            title="No gateway asks about this service"
            action={
              after === null ? create : <Button onClick={() => void setParams({ gateways: null })}>First page</Button>
            }
          >
            Until one does, nothing is checked. nginx, Caddy, HAProxy and the gate take minutes.
          </EmptyState>
        )}
        {gateways !== undefined && gateways.length > 0 && (
          <>
            <ul>
              {gateways.map((gateway) => (
                <GatewayItem
                  key={gateway.id}
                  gateway={gateway}
                  lastAsked={activity.data?.items.find((item) => item.gateway === gateway.id)?.lastAskedAt}
                  onAddKey={() => prove(gateway)}
                />
              ))}
            </ul>
            {(after !== null || (query.data?.nextCursor ?? null) !== null) && (
              <Pager
                shown={gateways.length}
                noun={['gateway', 'gateways']}
                hasNext={(query.data?.nextCursor ?? null) !== null}
                isFirst={after === null}
                isLoading={query.isPlaceholderData}
                onNext={() => void setParams({ gateways: query.data?.nextCursor ?? null })}
                onFirst={() => void setParams({ gateways: null })}
              />
            )}
          </>
        )}
      </Card>
      {isNew && whyNot === undefined && (
        <NewGatewayDialog
          service={service}
          onClose={() => void setParams({ 'new-gateway': null })}
          onMade={async (gateway) => {
            await setParams({ 'new-gateway': null })
            if (gateway.machine === null) prove(gateway)
          }}
        />
      )}
      {dialog}
      {pinning !== null && <PinCertificateDialog gateway={pinning} onClose={() => setPinning(null)} />}
    </>
  )
}
