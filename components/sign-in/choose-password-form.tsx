'use client'

import { Button } from '@/components/ui/button'
import { Field } from '@/components/ui/field'
import { Input } from '@/components/ui/input'
import { callSignInStep } from '@/lib/client/sign-in'
import { signInSteps } from '@/lib/contract/sign-in'
import { SignInFlow, type FirstStepProps } from './sign-in-flow'
import { StepFrame } from './step-frame'
import { useStepForm } from './use-step-form'

export interface ChoosePasswordFormProps {
  readonly token: string
  readonly title: string
  readonly description: string
  readonly email: string
}

/** A new password by a link: an invitation, or a reset. */
export function ChoosePasswordForm(props: ChoosePasswordFormProps) {
  return <SignInFlow returnTo="/" first={(step) => <Form {...props} {...step} />} />
}

function Form({ token, title, description, email, onPassed }: ChoosePasswordFormProps & FirstStepProps) {
  const { formProps, isBusy, errors, problem } = useStepForm(signInSteps['accept-link'].body, { token }, async (body) =>
    onPassed(await callSignInStep('accept-link', { token: body.token, password: body.password })),
  )
  return (
    <StepFrame title={title} description={description} problem={problem}>
      <form {...formProps} className="flex flex-col gap-4">
        <Field label="E-mail address">
          {/* Without a name, so that it is not sent: it is here for password managers. */}
          <Input type="email" autoComplete="username" value={email} readOnly />
        </Field>
        <Field label="New password" error={errors.password} hint="At least 12 characters. A few random words do well.">
          <Input name="password" type="password" autoComplete="new-password" required />
        </Field>
        <Button type="submit" look="primary" size="lg" isBusy={isBusy}>
          Choose password
        </Button>
      </form>
    </StepFrame>
  )
}
