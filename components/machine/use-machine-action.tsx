'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { HostileText } from '@/components/common/hostile-text'
import { ProblemText } from '@/components/common/problem-text'
import { ConfirmDialog } from '@/components/ui/confirm-dialog'
import { useToast } from '@/components/ui/toast'
import { callApi } from '@/lib/client/call-api'
import { describeMachineChange } from '@/lib/client/describe-change'
import { machineActions, type MachineActionName } from '@/lib/client/machine-actions'
import { machinesKey } from '@/lib/client/queries/machine-queries'
import type { Machine, MachineChange } from '@/lib/contract/machines'

interface Asked {
  readonly action: MachineActionName
  readonly machine: Pick<Machine, 'id' | 'name'>
}

export interface MachineActionResult {
  readonly action: MachineActionName
  readonly change: MachineChange
}

/**
 * Asks for the reason, changes the machine, and says what was measured. `dialog` stands somewhere on the page; without
 * `onDone` the measurement comes as a message.
 */
export function useMachineAction(onDone?: (result: MachineActionResult) => void): {
  readonly open: (action: MachineActionName, machine: Asked['machine']) => void
  readonly dialog: ReactNode
} {
  const [asked, setAsked] = useState<Asked | null>(null)
  const queryClient = useQueryClient()
  const toast = useToast()
  const mutation = useMutation({
    mutationFn: ({ action, machine, reason }: Asked & { readonly reason: string }) =>
      callApi(machineActions[action].operation, { params: { machine: machine.id }, body: { reason } }),
    onSuccess: async (change, { action, machine }) => {
      setAsked(null)
      if (onDone) onDone({ action, change })
      else {
        toast({
          title: (
            <>
              {machineActions[action].done} <HostileText text={machine.name} maxLength={64} />
            </>
          ),
          description: describeMachineChange(change),
        })
      }
      await Promise.all(
        [machinesKey, ['overview'], ['audit-events']].map((queryKey) => queryClient.invalidateQueries({ queryKey })),
      )
    },
  })
  const close = (isOpen: boolean) => {
    if (isOpen || mutation.isPending) return
    setAsked(null)
    mutation.reset()
  }
  return {
    open: (action, machine) => {
      mutation.reset()
      setAsked({ action, machine })
    },
    dialog: asked && (
      <ConfirmDialog
        isOpen
        onOpenChange={close}
        title={
          <>
            {machineActions[asked.action].menu} <HostileText text={asked.machine.name} maxLength={64} />?
          </>
        }
        consequence={machineActions[asked.action].consequence}
        verb={machineActions[asked.action].verb}
        tone={machineActions[asked.action].isDestructive ? 'danger' : 'primary'}
        reason={machineActions[asked.action].reason}
        isBusy={mutation.isPending}
        problem={mutation.error && <ProblemText error={mutation.error} />}
        onConfirm={(reason) => mutation.mutate({ ...asked, reason })}
      />
    ),
  }
}
