'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { HostileText } from '@/components/common/hostile-text'
import { ProblemText } from '@/components/common/problem-text'
import { ConfirmDialog } from '@/components/ui/confirm-dialog'
import { useToast } from '@/components/ui/toast'
import { callApi } from '@/lib/client/call-api'
import { refreshOperators } from '@/lib/client/queries/refresh-operators'
import type { OperatorDialogProps } from './use-operator-action'

/** Removes an operator for good. */
export function RemoveOperatorDialog({ operator, onClose }: OperatorDialogProps) {
  const queryClient = useQueryClient()
  const toast = useToast()
  const mutation = useMutation({
    mutationFn: () => callApi('removeOperator', { params: { operator: operator.id } }),
    onSuccess: async () => {
      onClose()
      toast({
        title: (
          <>
            Removed <HostileText text={operator.name} maxLength={64} />
          </>
        ),
      })
      await refreshOperators(queryClient)
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
          Remove <HostileText text={operator.name} maxLength={64} />?
        </>
      }
      consequence={
        operator.state === 'invited'
          ? 'The invitation stops working now. To come back it takes a new one.'
          : 'All sessions end now, and the password, the second factor and every link stop working. The audit log keeps the name. API tokens belong to nobody and stay: revoke those that this operator knows.'
      }
      verb="Remove operator"
      tone="danger"
      reason="none"
      isBusy={mutation.isPending}
      problem={mutation.error && <ProblemText error={mutation.error} />}
      onConfirm={() => mutation.mutate()}
    />
  )
}
