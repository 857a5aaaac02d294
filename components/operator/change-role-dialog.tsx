'use client'

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { HostileText } from '@/components/common/hostile-text'
import { ProblemText } from '@/components/common/problem-text'
import { useViewer } from '@/components/common/viewer'
import { Button } from '@/components/ui/button'
import { Dialog, DialogFooter } from '@/components/ui/dialog'
import { Notice } from '@/components/ui/notice'
import { useToast } from '@/components/ui/toast'
import { callApi } from '@/lib/client/call-api'
import { roleTexts, whyNotGiveRole } from '@/lib/client/operator-actions'
import { administratorCountQuery } from '@/lib/client/queries/operator-queries'
import { refreshOperators } from '@/lib/client/queries/refresh-operators'
import { RoleField } from './role-field'
import type { OperatorDialogProps } from './use-operator-action'

/** Another role for an operator; it says what that ends. */
export function ChangeRoleDialog({ operator, onClose }: OperatorDialogProps) {
  const [role, setRole] = useState(operator.role)
  const [wasTried, setWasTried] = useState(false)
  const { role: viewerRole } = useViewer()
  const administrators = useQuery(administratorCountQuery()).data
  const queryClient = useQueryClient()
  const toast = useToast()
  const why = whyNotGiveRole({ operator, viewerRole, administrators }, role)
  const mutation = useMutation({
    mutationFn: () => callApi('updateOperatorRole', { params: { operator: operator.id }, body: { role } }),
    onSuccess: async (changed) => {
      onClose()
      toast({
        title: (
          <>
            <HostileText text={changed.name} maxLength={64} /> is {roleTexts[changed.role].name.toLowerCase()} now
          </>
        ),
        description: 'The sessions have ended; the next sign-in has the new role.',
      })
      await refreshOperators(queryClient)
    },
  })
  return (
    <Dialog
      isOpen
      onOpenChange={(isOpen) => {
        if (!isOpen && !mutation.isPending) onClose()
      }}
      title={
        <>
          Change the role of <HostileText text={operator.name} maxLength={64} />?
        </>
      }
      description="All sessions of this operator end now; the next sign-in has the new role. Administrators set up a second factor when they sign in. Nobody else is affected."
    >
      <form
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          setWasTried(true)
          if (why === undefined && !mutation.isPending) mutation.mutate()
        }}
      >
        <RoleField
          first={operator.role}
          error={wasTried || role !== operator.role ? why : undefined}
          onRole={setRole}
          autoFocus
        />
        {mutation.error && (
          <Notice tone="bad">
            <ProblemText error={mutation.error} />
          </Notice>
        )}
        <DialogFooter>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" isBusy={mutation.isPending}>
            Change role
          </Button>
        </DialogFooter>
      </form>
    </Dialog>
  )
}
