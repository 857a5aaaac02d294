'use client'

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { HostileText } from '@/components/common/hostile-text'
import { CodeBlock } from '@/components/ui/code-block'
import { ShownOnceDialog } from '@/components/ui/shown-once-dialog'
import { Notice } from '@/components/ui/notice'
import { useToast } from '@/components/ui/toast'
import { describeProblem, toProblem } from '@/lib/client/api-problem'
import { callApi } from '@/lib/client/call-api'
import { deploymentQuery } from '@/lib/client/queries/deployment-queries'
import { gatewaysKey } from '@/lib/client/queries/gateway-queries'
import { servicesKey } from '@/lib/client/queries/service-queries'
import type { Gateway } from '@/lib/contract/gateways'
import type { Service } from '@/lib/contract/services'
import { isConfiguredProfile } from '@/lib/domain/gateway/configuration/gateway-configuration'
import { ProfileConfiguration } from './gateway-configuration'

interface Shown {
  readonly gateway: Gateway
  readonly key: string
}

/** Gives a gateway a key and shows it, once, inside the configuration that it belongs into. It is kept nowhere. */
export function useGatewayKey(service: Service): {
  readonly addKey: (gateway: Gateway) => void
  readonly dialog: ReactNode
} {
  const [shown, setShown] = useState<Shown | null>(null)
  // The configuration around the key needs it; fetched before, so that nobody waits with a key on the screen.
  useQuery(deploymentQuery())
  const queryClient = useQueryClient()
  const toast = useToast()
  const addition = useMutation({
    mutationFn: (gateway: Gateway) => callApi('addGatewayKey', { params: { gateway: gateway.id }, body: {} }),
    // The mutation's own cache would keep it.
    gcTime: 0,
    onSuccess: async ({ key }, gateway) => {
      setShown({ gateway, key })
      await Promise.all(
        [gatewaysKey, servicesKey, ['overview']].map((queryKey) => queryClient.invalidateQueries({ queryKey })),
      )
    },
    onError: (error) =>
      toast({ tone: 'bad', title: 'No key was made', description: describeProblem(toProblem(error)) }),
  })
  const finish = () => {
    setShown(null)
    addition.reset()
  }
  return {
    addKey: (gateway) => addition.mutate(gateway),
    dialog: shown !== null && (
      <ShownOnceDialog
        size="lg"
        onDone={finish}
        title={
          <>
            Key of <HostileText text={shown.gateway.name} maxLength={64} />
          </>
        }
        description="It stands here once and nowhere else: the database has only its hash."
      >
        <CodeBlock code={shown.key} label="Gateway key" />
        {isConfiguredProfile(shown.gateway.profile) ? (
          <ProfileConfiguration service={service} profile={shown.gateway.profile} gatewayKey={shown.key} />
        ) : (
          <Notice>
            The gateway sends it as Countersign-Gateway-Key and overwrites what clients send under that name.
          </Notice>
        )}
      </ShownOnceDialog>
    ),
  }
}
