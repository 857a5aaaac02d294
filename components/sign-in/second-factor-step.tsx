'use client'

import { useState } from 'react'
import { Button } from '@/components/ui/button'
import { Field } from '@/components/ui/field'
import { Input } from '@/components/ui/input'
import { callSignInStep } from '@/lib/client/sign-in'
import { signInSteps, type SignInAnswer } from '@/lib/contract/sign-in'
import { CodeInput } from './code-input'
import { orBeginAgain } from './or-begin-again'
import { StepFrame } from './step-frame'
import { useStepForm } from './use-step-form'

export interface SecondFactorStepProps {
  readonly ticket: string
  readonly onPassed: (answer: SignInAnswer) => Promise<void>
}

/** A code of the app; or, without the phone, a recovery code. */
export function SecondFactorStep(props: SecondFactorStepProps) {
  const [isRecovery, setRecovery] = useState(false)
  return isRecovery ? (
    <RecoveryCodeForm {...props} onOther={() => setRecovery(false)} />
  ) : (
    <TotpForm {...props} onOther={() => setRecovery(true)} />
  )
}

type FormProps = SecondFactorStepProps & { readonly onOther: () => void }

function TotpForm({ ticket, onPassed, onOther }: FormProps) {
  const { formProps, isBusy, errors, problem } = useStepForm(signInSteps.totp.body, { ticket }, async (body) =>
    onPassed(await orBeginAgain(callSignInStep('totp', body))),
  )
  return (
    <StepFrame title="Enter your code" problem={problem}>
      <form {...formProps} className="flex flex-col gap-4">
        {/* The field takes the focus, and its hint says what the step is. */}
        <Field label="Code" error={errors.code} hint="The six digits that your authenticator app shows now.">
          <CodeInput autoFocus />
        </Field>
        <Button type="submit" look="primary" size="lg" isBusy={isBusy}>
          Continue
        </Button>
        <Button look="quiet" onClick={onOther}>
          Use a recovery code
        </Button>
      </form>
    </StepFrame>
  )
}

function RecoveryCodeForm({ ticket, onPassed, onOther }: FormProps) {
  const schema = signInSteps['recovery-code'].body
  const { formProps, isBusy, errors, problem } = useStepForm(schema, { ticket }, async (body) =>
    onPassed(await orBeginAgain(callSignInStep('recovery-code', body))),
  )
  return (
    <StepFrame title="Use a recovery code" problem={problem}>
      <form {...formProps} className="flex flex-col gap-4">
        <Field
          label="Recovery code"
          error={errors.code}
          hint="One of those that you stored when you set up your second factor. Each works once; capitals, blanks and dashes do not matter."
        >
          <Input
            name="code"
            autoComplete="off"
            autoCapitalize="characters"
            spellCheck={false}
            autoFocus
            className="font-mono"
          />
        </Field>
        <Button type="submit" look="primary" size="lg" isBusy={isBusy}>
          Continue
        </Button>
        <Button look="quiet" onClick={onOther}>
          Use your authenticator app
        </Button>
      </form>
      <p className="text-quiet">
        Without either, whoever runs the server can make a reset link:{' '}
        <code className="wrap-anywhere">node bin/admin.mjs operator reset</code> and your e-mail address.
      </p>
    </StepFrame>
  )
}
