'use client'

import { Button } from '@/components/ui/button'
import { RecoveryCodesView } from './recovery-codes-view'
import { StepFrame } from './step-frame'

export interface RecoveryCodesStepProps {
  readonly codes: readonly string[]
  readonly onDone: () => void
}

/** The last step of a set-up: what opens the account when the phone is gone. */
export function RecoveryCodesStep({ codes, onDone }: RecoveryCodesStepProps) {
  return (
    <StepFrame
      title="Store your recovery codes"
      description="Each opens one sign-in without your app. They are shown this once: keep them where your phone is not."
      takesFocus
    >
      <RecoveryCodesView codes={codes} />
      <Button look="primary" size="lg" onClick={onDone}>
        Done
      </Button>
    </StepFrame>
  )
}
