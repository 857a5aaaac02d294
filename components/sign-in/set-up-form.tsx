'use client'

import { Button } from '@/components/ui/button'
import { Field } from '@/components/ui/field'
import { Input } from '@/components/ui/input'
import { callSignInStep } from '@/lib/client/sign-in'
import { signInSteps } from '@/lib/contract/sign-in'
import { SignInFlow } from './sign-in-flow'
import { StepFrame } from './step-frame'
import type { FirstStepProps } from './sign-in-flow'
import { useStepForm } from './use-step-form'

/** The first administrator of a deployment, from the link that the server printed to the console. */
export function SetUpForm({ token }: { readonly token: string }) {
  return <SignInFlow returnTo="/" first={(props) => <Form token={token} {...props} />} />
}

function Form({ token, onPassed }: { readonly token: string } & FirstStepProps) {
  const { formProps, isBusy, errors, problem } = useStepForm(signInSteps['set-up'].body, { token }, async (body) =>
    onPassed(await callSignInStep('set-up', body)),
  )
  return (
    <StepFrame
      title="Set up Countersign"
      description="You become its first administrator. Next you set up your second factor."
      problem={problem}
    >
      <form {...formProps} className="flex flex-col gap-4">
        <Field label="Name" error={errors.name} hint="As the audit log shows it.">
          <Input name="name" autoComplete="name" required />
        </Field>
        <Field label="E-mail address" error={errors.email} hint="You sign in with it. Nothing is sent to it.">
          <Input name="email" type="email" autoComplete="username" autoCapitalize="none" spellCheck={false} required />
        </Field>
        <Field label="Password" error={errors.password} hint="At least 12 characters. A few random words do well.">
          <Input name="password" type="password" autoComplete="new-password" required />
        </Field>
        <Button type="submit" look="primary" size="lg" isBusy={isBusy}>
          Create administrator
        </Button>
      </form>
    </StepFrame>
  )
}
