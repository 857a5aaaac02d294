'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { HostileText } from '@/components/common/hostile-text'
import { ProblemText } from '@/components/common/problem-text'
import { ConfirmDialog } from '@/components/ui/confirm-dialog'
import { useToast } from '@/components/ui/toast'
import { callApi } from '@/lib/client/call-api'
import { apiTokensKey } from '@/lib/client/queries/api-token-queries'
import { auditEventsKey } from '@/lib/client/queries/audit-event-queries'
import type { ApiToken } from '@/lib/contract/api-tokens'

export function RevokeApiTokenDialog({ token, onClose }: { readonly token: ApiToken; readonly onClose: () => void }) {
  const queryClient = useQueryClient()
  const toast = useToast()
  const mutation = useMutation({
    mutationFn: () => callApi('revokeApiToken', { params: { apiToken: token.id }, body: {} }),
    onSuccess: async () => {
      onClose()
      toast({
        title: (
          <>
            Revoked <HostileText text={token.name} maxLength={64} />
          </>
        ),
      })
      await Promise.all([apiTokensKey, auditEventsKey].map((queryKey) => queryClient.invalidateQueries({ queryKey })))
    },
  })
  return (
    <ConfirmDialog
      isOpen
      onOpenChange={(isOpen) => {
        if (!isOpen && !mutation.isPending) onClose()
      }}
      title={
        <>
          Revoke <HostileText text={token.name} maxLength={64} />?
        </>
      }
      consequence="Every program that uses this token is refused from its next call on, and this is final. Machines and operators are not affected."
      verb="Revoke API token"
      tone="danger"
      reason="none"
      isBusy={mutation.isPending}
      problem={mutation.error && <ProblemText error={mutation.error} />}
      onConfirm={() => mutation.mutate()}
    />
  )
}
