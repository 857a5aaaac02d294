'use client'

import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { CodeInput } from '@/components/sign-in/code-input'
import { TotpSetupView } from '@/components/sign-in/totp-setup-view'
import { useStepForm } from '@/components/sign-in/use-step-form'
import { Button } from '@/components/ui/button'
import { Dialog, DialogFooter } from '@/components/ui/dialog'
import { Field } from '@/components/ui/field'
import { Notice } from '@/components/ui/notice'
import { callApi } from '@/lib/client/call-api'
import { refreshOperators } from '@/lib/client/queries/refresh-operators'
import { confirmTotp, type TotpSetup } from '@/lib/contract/self'
import { PasswordPrompt } from './password-prompt'
import { RecoveryCodesDialog } from './recovery-codes-dialog'

type Stage =
  | { readonly at: 'password' }
  | { readonly at: 'code'; readonly setup: TotpSetup }
  | { readonly at: 'codes'; readonly codes: readonly string[] }

/** Password, QR code with its first code, recovery codes. The old second factor holds until the code is right. */
export function TotpDialog({ hasTotp, onClose }: { readonly hasTotp: boolean; readonly onClose: () => void }) {
  const [stage, setStage] = useState<Stage>({ at: 'password' })
  if (stage.at === 'codes') return <RecoveryCodesDialog codes={stage.codes} onDone={onClose} />
  const begin = async (currentPassword: string) => {
    setStage({ at: 'code', setup: await callApi('beginTotp', { body: { currentPassword } }) })
  }
  return (
    <Dialog
      isOpen
      onOpenChange={onClose}
      title={hasTotp ? 'Replace your second factor' : 'Set up your second factor'}
      description={
        stage.at === 'code'
          ? 'Scan the code with an authenticator app, then enter the six digits that it shows.'
          : hasTotp
            ? 'The old one holds until the first code of the new one is right. Then your other sessions end, and you get new recovery codes.'
            : 'From then on you sign in with both. Your other sessions end, and you get recovery codes.'
      }
    >
      {stage.at === 'password' ? (
        <PasswordPrompt verb="Continue" onPassword={begin} onCancel={onClose} />
      ) : (
        <CodeForm setup={stage.setup} onCancel={onClose} onCodes={(codes) => setStage({ at: 'codes', codes })} />
      )}
    </Dialog>
  )
}

interface CodeFormProps {
  readonly setup: TotpSetup
  readonly onCancel: () => void
  readonly onCodes: (codes: readonly string[]) => void
}

function CodeForm({ setup, onCancel, onCodes }: CodeFormProps) {
  const queryClient = useQueryClient()
  const { formProps, isBusy, errors, problem } = useStepForm(confirmTotp.body, {}, async (body) => {
    onCodes((await callApi('confirmTotp', { body })).recoveryCodes)
    await refreshOperators(queryClient)
  })
  return (
    <form {...formProps} className="flex flex-col gap-4">
      <TotpSetupView setup={setup} />
      <Field label="Code" error={errors.code}>
        <CodeInput autoFocus />
      </Field>
      {problem !== null && <Notice tone="bad">{problem}</Notice>}
      <DialogFooter>
        <Button onClick={onCancel}>Cancel</Button>
        <Button type="submit" look="primary" isBusy={isBusy}>
          Confirm
        </Button>
      </DialogFooter>
    </form>
  )
}
