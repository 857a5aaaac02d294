'use client'

import { useState, type ReactNode } from 'react'
import { beginSession } from '@/lib/client/sign-in'
import type { SignInAnswer } from '@/lib/contract/sign-in'
import { RecoveryCodesStep } from './recovery-codes-step'
import { SecondFactorStep } from './second-factor-step'
import { TotpEnrollmentStep } from './totp-enrollment-step'

/** What the first step of a flow gets: a password, a set-up, a link. */
export interface FirstStepProps {
  readonly onPassed: (answer: SignInAnswer) => Promise<void>
}

export interface SignInFlowProps {
  /** A path of this origin; the page has checked it. */
  readonly returnTo: string
  readonly first: (props: FirstStepProps) => ReactNode
}

type Stage =
  | { readonly at: 'first' }
  | { readonly at: 'second_factor' | 'totp_enrollment'; readonly ticket: string }
  | { readonly at: 'recovery_codes'; readonly codes: readonly string[] }

/** The steps of a sign-in, one after the other, until the session is there. Tickets live in this component alone. */
export function SignInFlow({ returnTo, first }: SignInFlowProps) {
  const [stage, setStage] = useState<Stage>({ at: 'first' })
  const leave = () => window.location.assign(returnTo)

  const onPassed = async (answer: SignInAnswer) => {
    if (answer.next !== 'session') return setStage({ at: answer.next, ticket: answer.ticket })
    // Before anything is shown: the ticket is good for a minute.
    await beginSession(answer.ticket)
    if (answer.recoveryCodes === undefined) leave()
    else setStage({ at: 'recovery_codes', codes: answer.recoveryCodes })
  }

  switch (stage.at) {
    case 'first':
      return first({ onPassed })
    case 'second_factor':
      return <SecondFactorStep ticket={stage.ticket} onPassed={onPassed} />
    case 'totp_enrollment':
      return <TotpEnrollmentStep ticket={stage.ticket} onPassed={onPassed} />
    case 'recovery_codes':
      return <RecoveryCodesStep codes={stage.codes} onDone={leave} />
  }
}
