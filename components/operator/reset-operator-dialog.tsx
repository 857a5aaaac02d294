'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { HostileText } from '@/components/common/hostile-text'
import { ProblemText } from '@/components/common/problem-text'
import { ConfirmDialog } from '@/components/ui/confirm-dialog'
import { callApi } from '@/lib/client/call-api'
import { refreshOperators } from '@/lib/client/queries/refresh-operators'
import { OperatorLinkDialog } from './operator-link-dialog'
import type { OperatorDialogProps } from './use-operator-action'

const texts = {
  invited: {
    kind: 'invitation',
    title: 'Make a new invitation for',
    consequence: 'The invitation from before stops working.',
    verb: 'Make invitation',
  },
  active: {
    kind: 'reset',
    title: 'Make a reset link for',
    consequence:
      'All sessions of this operator end now. The link lets its holder choose a new password and set up a new second factor; the old ones hold until it is used. To keep somebody out, remove the operator instead.',
    verb: 'Make reset link',
  },
} as const

/** A link for an operator who cannot get in any more; for an invited one a new invitation. */
export function ResetOperatorDialog({ operator, onClose }: OperatorDialogProps) {
  const queryClient = useQueryClient()
  const { kind, title, consequence, verb } = texts[operator.state]
  const mutation = useMutation({
    mutationFn: () => callApi('resetOperator', { params: { operator: operator.id }, body: {} }),
    onSuccess: () => refreshOperators(queryClient),
  })
  if (mutation.data) {
    return <OperatorLinkDialog kind={kind} name={operator.name} link={mutation.data} onDone={onClose} />
  }
  return (
    <ConfirmDialog
      isOpen
      onOpenChange={(isOpen) => {
        if (!isOpen && !mutation.isPending) onClose()
      }}
      title={
        <>
          {title} <HostileText text={operator.name} maxLength={64} />?
        </>
      }
      consequence={consequence}
      verb={verb}
      reason="none"
      isBusy={mutation.isPending}
      problem={mutation.error && <ProblemText error={mutation.error} />}
      onConfirm={() => mutation.mutate()}
    />
  )
}
