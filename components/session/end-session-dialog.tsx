'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { HostileText } from '@/components/common/hostile-text'
import { ProblemText } from '@/components/common/problem-text'
import { ConfirmDialog } from '@/components/ui/confirm-dialog'
import { useToast } from '@/components/ui/toast'
import { callApi } from '@/lib/client/call-api'
import { auditEventsKey } from '@/lib/client/queries/audit-event-queries'
import { sessionsKey } from '@/lib/client/queries/session-queries'
import { signOut } from '@/lib/client/sign-out'
import type { Session } from '@/lib/contract/sessions'

export interface EndSessionDialogProps {
  /** All of one's own but this one. */
  readonly session: Session | 'others'
  readonly onClose: () => void
}

/** Ends a session, or all others. Who ends the one that the page came with is signed out. */
export function EndSessionDialog({ session, onClose }: EndSessionDialogProps) {
  const queryClient = useQueryClient()
  const toast = useToast()
  const mutation = useMutation({
    mutationFn: async () => {
      if (session === 'others') return callApi('endOtherSessions', { body: {} })
      if (session.isCurrent) return signOut(session.id)
      return callApi('endSession', { params: { session: session.id }, body: {} })
    },
    onSuccess: async () => {
      if (session !== 'others' && session.isCurrent) return
      onClose()
      toast({ title: session === 'others' ? 'Your other sessions have ended' : 'The session has ended' })
      await Promise.all([sessionsKey, auditEventsKey].map((queryKey) => queryClient.invalidateQueries({ queryKey })))
    },
  })
  const { title, consequence, verb } = textsOf(session)
  return (
    <ConfirmDialog
      isOpen
      onOpenChange={(isOpen) => {
        if (!isOpen && !mutation.isPending) onClose()
      }}
      title={title}
      consequence={consequence}
      verb={verb}
      tone="danger"
      reason="none"
      isBusy={mutation.isPending}
      problem={mutation.error && <ProblemText error={mutation.error} />}
      onConfirm={() => mutation.mutate()}
    />
  )
}

function textsOf(session: Session | 'others') {
  if (session === 'others') {
    return {
      title: 'End all your other sessions?',
      consequence:
        'Every other browser in which you are signed in has to sign in again, at its next click. This one stays.',
      verb: 'End other sessions',
    }
  }
  if (session.isCurrent) {
    return { title: 'End this session?', consequence: 'You are signed out of this browser.', verb: 'Sign out' }
  }
  return {
    title: (
      <>
        End the session of <HostileText text={session.operator.name} maxLength={64} />?
      </>
    ),
    consequence:
      'Its next click leads to the sign-in, on every node. The password and the second factor go on working: to keep somebody out, remove the operator.',
    verb: 'End session',
  }
}
