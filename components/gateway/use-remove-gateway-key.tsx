'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { HostileText } from '@/components/common/hostile-text'
import { ProblemText } from '@/components/common/problem-text'
import { ConfirmDialog } from '@/components/ui/confirm-dialog'
import { useToast } from '@/components/ui/toast'
import { callApi } from '@/lib/client/call-api'
import { gatewaysKey } from '@/lib/client/queries/gateway-queries'
import { servicesKey } from '@/lib/client/queries/service-queries'
import type { Gateway } from '@/lib/contract/gateways'

/** Asks, then takes a key from a gateway. `dialog` stands somewhere on the page. */
export function useRemoveGatewayKey(gateway: Gateway): {
  readonly remove: (keyId: string) => void
  readonly dialog: ReactNode
} {
  const [keyId, setKeyId] = useState<string | null>(null)
  const queryClient = useQueryClient()
  const toast = useToast()
  const removal = useMutation({
    mutationFn: (key: string) => callApi('removeGatewayKey', { params: { gateway: gateway.id, key } }),
    onSuccess: async () => {
      setKeyId(null)
      toast({ title: 'Key removed', description: 'No request that carries it is allowed any more, on any node.' })
      await Promise.all([gatewaysKey, servicesKey].map((queryKey) => queryClient.invalidateQueries({ queryKey })))
    },
  })
  const isLast = gateway.keys.length === 1
  return {
    remove: (key) => {
      removal.reset()
      setKeyId(key)
    },
    dialog: keyId !== null && (
      <ConfirmDialog
        isOpen
        onOpenChange={(isOpen) => {
          if (!isOpen && !removal.isPending) setKeyId(null)
        }}
        title={
          <>
            Remove a key of <HostileText text={gateway.name} maxLength={64} />?
          </>
        }
        consequence={
          <>
            {isLast
              ? 'It is the only key: the gateway can ask nothing afterwards, and denies every request until it has a new one.'
              : 'A gateway that still uses it denies every request from now on. The other key goes on working.'}
            <code className="mt-1 block text-xs wrap-anywhere">{keyId}</code>
          </>
        }
        verb="Remove key"
        tone="danger"
        reason="none"
        isBusy={removal.isPending}
        problem={removal.error && <ProblemText error={removal.error} />}
        onConfirm={() => removal.mutate(keyId)}
      />
    ),
  }
}
