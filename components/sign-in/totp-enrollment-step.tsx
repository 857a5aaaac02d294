'use client'

import { useEffect, useState } from 'react'
import { Button } from '@/components/ui/button'
import { Field } from '@/components/ui/field'
import { Notice } from '@/components/ui/notice'
import { Skeleton } from '@/components/ui/skeleton'
import { describeProblem, toProblem } from '@/lib/client/api-problem'
import { callSignInStep } from '@/lib/client/sign-in'
import type { TotpSetup } from '@/lib/contract/self'
import { signInSteps, type SignInAnswer } from '@/lib/contract/sign-in'
import { CodeInput } from './code-input'
import { orBeginAgain } from './or-begin-again'
import { StepFrame } from './step-frame'
import { TotpSetupView } from './totp-setup-view'
import { useStepForm } from './use-step-form'

export interface TotpEnrollmentStepProps {
  readonly ticket: string
  readonly onPassed: (answer: SignInAnswer) => Promise<void>
}

/** Sets up the second factor that administrators have to have. */
export function TotpEnrollmentStep({ ticket, onPassed }: TotpEnrollmentStepProps) {
  const [setup, setSetup] = useState<TotpSetup | null>(null)
  const [failure, setFailure] = useState<string | null>(null)
  useEffect(() => {
    let isGone = false
    orBeginAgain(callSignInStep('begin-totp', { ticket }))
      .then((made) => isGone || setSetup(made))
      .catch((error: unknown) => isGone || setFailure(describeProblem(toProblem(error))))
    return () => {
      isGone = true
    }
  }, [ticket])
  const form = useStepForm(signInSteps['confirm-totp'].body, { ticket }, async (body) =>
    onPassed(await orBeginAgain(callSignInStep('confirm-totp', body))),
  )
  return (
    <StepFrame
      title="Set up your second factor"
      description="Scan the code with an authenticator app, then enter the six digits that it shows. Administrators sign in with both."
      problem={form.problem}
      takesFocus
    >
      {failure !== null && <Notice tone="bad">{failure}</Notice>}
      {setup !== null && <TotpSetupView setup={setup} />}
      {setup === null && failure === null && <Skeleton className="size-48 self-center" />}
      {setup !== null && (
        <form {...form.formProps} className="flex flex-col gap-4">
          <Field label="Code" error={form.errors.code}>
            <CodeInput />
          </Field>
          <Button type="submit" look="primary" size="lg" isBusy={form.isBusy}>
            Confirm
          </Button>
        </form>
      )}
    </StepFrame>
  )
}
