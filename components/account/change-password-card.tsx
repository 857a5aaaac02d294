'use client'

import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useStepForm } from '@/components/sign-in/use-step-form'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { Field } from '@/components/ui/field'
import { Input } from '@/components/ui/input'
import { Notice } from '@/components/ui/notice'
import { callApi } from '@/lib/client/call-api'
import { refreshOperators } from '@/lib/client/queries/refresh-operators'
import { changePassword } from '@/lib/contract/self'

/** One's own password, with the old one. */
export function ChangePasswordCard() {
  const queryClient = useQueryClient()
  const [timesChanged, setTimesChanged] = useState(0)
  const onChanged = () => {
    setTimesChanged((times) => times + 1)
    return refreshOperators(queryClient)
  }
  return (
    <Card title="Password" description="Changing it ends your other sessions.">
      <div className="flex flex-col gap-4">
        {timesChanged > 0 && <Notice tone="good" title="Your password is changed. Your other sessions have ended." />}
        {/* Begins anew, so that no password stays in the page. */}
        <PasswordForm key={timesChanged} onChanged={onChanged} />
      </div>
    </Card>
  )
}

function PasswordForm({ onChanged }: { readonly onChanged: () => Promise<void> }) {
  const { formProps, isBusy, errors, problem } = useStepForm(changePassword.body, {}, async (body) => {
    await callApi('changePassword', { body })
    await onChanged()
  })
  return (
    <form {...formProps} className="flex flex-col gap-4 sm:max-w-sm">
      <Field label="Current password" error={errors.currentPassword}>
        <Input name="currentPassword" type="password" autoComplete="current-password" />
      </Field>
      <Field label="New password" error={errors.newPassword} hint="At least 12 characters. A few random words do well.">
        <Input name="newPassword" type="password" autoComplete="new-password" />
      </Field>
      {problem !== null && <Notice tone="bad">{problem}</Notice>}
      <Button type="submit" isBusy={isBusy} className="self-start">
        Change password
      </Button>
    </form>
  )
}
