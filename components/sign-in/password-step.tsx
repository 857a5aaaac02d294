'use client'

import { Button } from '@/components/ui/button'
import { Field } from '@/components/ui/field'
import { Input } from '@/components/ui/input'
import { callSignInStep } from '@/lib/client/sign-in'
import { signInSteps, type SignInAnswer } from '@/lib/contract/sign-in'
import { StepFrame } from './step-frame'
import { useStepForm } from './use-step-form'

export interface PasswordStepProps {
  /** Why the sign-in begins anew. */
  readonly notice: string | null
  readonly onPassed: (answer: SignInAnswer) => Promise<void>
}

/** E-mail address and password. */
export function PasswordStep({ notice, onPassed }: PasswordStepProps) {
  const { formProps, isBusy, errors, problem } = useStepForm(signInSteps.password.body, {}, async (body) =>
    onPassed(await callSignInStep('password', body)),
  )
  return (
    <StepFrame title="Sign in" problem={problem ?? notice} takesFocus={notice !== null}>
      <form {...formProps} className="flex flex-col gap-4">
        <Field label="E-mail address" error={errors.email}>
          <Input
            name="email"
            type="email"
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            autoFocus={notice === null}
            required
          />
        </Field>
        <Field label="Password" error={errors.password}>
          <Input name="password" type="password" autoComplete="current-password" required />
        </Field>
        <Button type="submit" look="primary" size="lg" isBusy={isBusy}>
          Sign in
        </Button>
      </form>
    </StepFrame>
  )
}
