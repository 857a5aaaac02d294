'use client'

import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useStepForm } from '@/components/sign-in/use-step-form'
import { Button } from '@/components/ui/button'
import { Dialog, DialogFooter } from '@/components/ui/dialog'
import { Field } from '@/components/ui/field'
import { Input } from '@/components/ui/input'
import { Notice } from '@/components/ui/notice'
import { createOperator, type OperatorLink } from '@/lib/contract/operators'
import { callApi } from '@/lib/client/call-api'
import { refreshOperators } from '@/lib/client/queries/refresh-operators'
import { OperatorLinkDialog } from './operator-link-dialog'
import { RoleField } from './role-field'

/** The new operator chooses the password: nobody here ever knows it. */
const invitationBody = createOperator.body.omit({ password: true })

/** A new operator, and the link by which it comes in. */
export function InviteOperatorDialog({ onClose }: { readonly onClose: () => void }) {
  const [made, setMade] = useState<{ readonly name: string; readonly link: OperatorLink } | null>(null)
  if (made !== null) {
    return <OperatorLinkDialog kind="invitation" name={made.name} link={made.link} onDone={onClose} />
  }
  return (
    <Dialog
      isOpen
      onOpenChange={(isOpen) => {
        if (!isOpen) onClose()
      }}
      title="Invite operator"
      description="You get a link to hand over. Whoever opens it chooses a password, and administrators a second factor."
    >
      <InvitationForm onClose={onClose} onMade={(name, link) => setMade({ name, link })} />
    </Dialog>
  )
}

interface InvitationFormProps {
  readonly onClose: () => void
  readonly onMade: (name: string, link: OperatorLink) => void
}

/** Inside the dialog, so that it begins empty each time it opens. */
function InvitationForm({ onClose, onMade }: InvitationFormProps) {
  const queryClient = useQueryClient()
  const { formProps, isBusy, errors, problem } = useStepForm(invitationBody, {}, async (body) => {
    const { name, invitation } = await callApi('createOperator', { body })
    // Without a password there always is one.
    if (invitation !== null) onMade(name, invitation)
    await refreshOperators(queryClient)
  })
  return (
    <form {...formProps} className="flex flex-col gap-4">
      <Field label="Name" error={errors.name} hint="As the audit log shows it." isRequired>
        <Input name="name" autoComplete="off" maxLength={128} autoFocus />
      </Field>
      <Field label="E-mail address" error={errors.email} hint="For signing in. Nothing is sent to it." isRequired>
        <Input name="email" type="email" autoComplete="off" autoCapitalize="none" spellCheck={false} />
      </Field>
      <RoleField first="viewer" error={errors.role} />
      {problem !== null && <Notice tone="bad">{problem}</Notice>}
      <DialogFooter>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" isBusy={isBusy}>
          Invite operator
        </Button>
      </DialogFooter>
    </form>
  )
}
