'use client'

import { useStepForm } from '@/components/sign-in/use-step-form'
import { Button } from '@/components/ui/button'
import { DialogFooter } from '@/components/ui/dialog'
import { Field } from '@/components/ui/field'
import { Input } from '@/components/ui/input'
import { Notice } from '@/components/ui/notice'
import { beginTotp } from '@/lib/contract/self'

export interface PasswordPromptProps {
  readonly verb: string
  /** Throws what the API refuses. */
  readonly onPassword: (currentPassword: string) => Promise<void>
  readonly onCancel: () => void
}

/** Asks for the password again before a credential changes: an open session alone is not enough. */
export function PasswordPrompt({ verb, onPassword, onCancel }: PasswordPromptProps) {
  const { formProps, isBusy, errors, problem } = useStepForm(beginTotp.body, {}, (body) =>
    onPassword(body.currentPassword),
  )
  return (
    <form {...formProps} className="flex flex-col gap-4">
      <Field label="Your password" error={errors.currentPassword}>
        <Input name="currentPassword" type="password" autoComplete="current-password" autoFocus />
      </Field>
      {problem !== null && <Notice tone="bad">{problem}</Notice>}
      <DialogFooter>
        <Button onClick={onCancel}>Cancel</Button>
        <Button type="submit" look="primary" isBusy={isBusy}>
          {verb}
        </Button>
      </DialogFooter>
    </form>
  )
}
