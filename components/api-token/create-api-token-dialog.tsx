'use client'

import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { HostileText } from '@/components/common/hostile-text'
import { RoleField } from '@/components/operator/role-field'
import { useStepForm } from '@/components/sign-in/use-step-form'
import { Button } from '@/components/ui/button'
import { CodeBlock } from '@/components/ui/code-block'
import { Dialog, DialogFooter } from '@/components/ui/dialog'
import { Field } from '@/components/ui/field'
import { Input } from '@/components/ui/input'
import { Instant } from '@/components/ui/instant'
import { Notice } from '@/components/ui/notice'
import { Select } from '@/components/ui/select'
import { ShownOnceDialog } from '@/components/ui/shown-once-dialog'
import { callApi, type ApiResult } from '@/lib/client/call-api'
import { apiTokensKey } from '@/lib/client/queries/api-token-queries'
import { auditEventsKey } from '@/lib/client/queries/audit-event-queries'
import { createApiToken } from '@/lib/contract/api-tokens'

type NewApiToken = ApiResult<'createApiToken'>

const daySeconds = 86_400
const lifetimes = [
  { name: '1 day', seconds: daySeconds },
  { name: '7 days', seconds: 7 * daySeconds },
  { name: '30 days', seconds: 30 * daySeconds },
  { name: '90 days', seconds: 90 * daySeconds },
  { name: '1 year', seconds: 365 * daySeconds },
] as const

/** The lifetime is a number, which no form field is: it goes beside. */
const formBody = createApiToken.body.omit({ expiresInSeconds: true })

/** A token for a program; its secret is shown once. */
export function CreateApiTokenDialog({ onClose }: { readonly onClose: () => void }) {
  const [made, setMade] = useState<NewApiToken | null>(null)
  if (made !== null) {
    return (
      <ShownOnceDialog
        title={
          <>
            API token <HostileText text={made.name} maxLength={64} />
          </>
        }
        description={
          <>
            Store it where its program reads it, and nowhere else. It is shown this once, and works until{' '}
            <Instant at={made.expiresAt} show="local" isInControl />.
          </>
        }
        onDone={onClose}
      >
        <CodeBlock code={made.token} label="API token" isLabelShown={false} isWrapped />
      </ShownOnceDialog>
    )
  }
  return (
    <Dialog
      isOpen
      onOpenChange={(isOpen) => {
        if (!isOpen) onClose()
      }}
      title="Create API token"
      description="For a program that calls the API. It may what its role may, without a second factor: give it the least, for the shortest time."
    >
      <TokenForm onClose={onClose} onMade={setMade} />
    </Dialog>
  )
}

interface TokenFormProps {
  readonly onClose: () => void
  readonly onMade: (token: NewApiToken) => void
}

/** Inside the dialog, so that it begins empty each time it opens. */
function TokenForm({ onClose, onMade }: TokenFormProps) {
  const queryClient = useQueryClient()
  const [lifetime, setLifetime] = useState<number>(90 * daySeconds)
  const { formProps, isBusy, errors, problem } = useStepForm(formBody, {}, async (body) => {
    onMade(await callApi('createApiToken', { body: { ...body, expiresInSeconds: lifetime } }))
    await Promise.all([apiTokensKey, auditEventsKey].map((queryKey) => queryClient.invalidateQueries({ queryKey })))
  })
  return (
    <form {...formProps} className="flex flex-col gap-4">
      <Field label="Name" error={errors.name} hint="What uses it: the audit log shows this name." isRequired>
        <Input name="name" autoComplete="off" maxLength={128} autoFocus />
      </Field>
      <RoleField first="viewer" error={errors.role} />
      <Field label="Expires after">
        <Select value={lifetime} onChange={(event) => setLifetime(Number(event.target.value))}>
          {lifetimes.map(({ name, seconds }) => (
            <option key={name} value={seconds}>
              {name}
            </option>
          ))}
        </Select>
      </Field>
      {problem !== null && <Notice tone="bad">{problem}</Notice>}
      <DialogFooter>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" isBusy={isBusy}>
          Create API token
        </Button>
      </DialogFooter>
    </form>
  )
}
