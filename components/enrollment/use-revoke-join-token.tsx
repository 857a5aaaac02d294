'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { HostileText } from '@/components/common/hostile-text'
import { ProblemText } from '@/components/common/problem-text'
import { ConfirmDialog } from '@/components/ui/confirm-dialog'
import { useToast } from '@/components/ui/toast'
import { callApi } from '@/lib/client/call-api'
import { describeJoinTokenRevocation } from '@/lib/client/describe-join-token'
import { joinTokensKey } from '@/lib/client/queries/join-token-queries'
import type { JoinToken } from '@/lib/contract/join-tokens'

/** Asks, then revokes a join token. `dialog` stands somewhere on the page. */
export function useRevokeJoinToken(): {
  readonly revoke: (token: JoinToken) => void
  readonly dialog: ReactNode
} {
  const [asked, setAsked] = useState<JoinToken | null>(null)
  const queryClient = useQueryClient()
  const toast = useToast()
  const revocation = useMutation({
    mutationFn: (token: JoinToken) => callApi('revokeJoinToken', { params: { joinToken: token.id }, body: {} }),
    onSuccess: async (revoked) => {
      setAsked(null)
      toast({
        title: (
          <>
            Revoked <HostileText text={revoked.name} maxLength={64} />
          </>
        ),
        description: 'Nobody enrols with it any more.',
      })
      await queryClient.invalidateQueries({ queryKey: joinTokensKey })
    },
  })
  return {
    revoke: (token) => {
      revocation.reset()
      setAsked(token)
    },
    dialog: asked !== null && (
      <ConfirmDialog
        isOpen
        onOpenChange={(isOpen) => {
          if (!isOpen && !revocation.isPending) setAsked(null)
        }}
        title={
          <>
            Revoke <HostileText text={asked.name} maxLength={64} />?
          </>
        }
        consequence={describeJoinTokenRevocation(asked)}
        verb="Revoke join token"
        tone="danger"
        reason="none"
        isBusy={revocation.isPending}
        problem={revocation.error && <ProblemText error={revocation.error} />}
        onConfirm={() => revocation.mutate(asked)}
      />
    ),
  }
}
