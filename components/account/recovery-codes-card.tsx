'use client'

import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Card } from '@/components/ui/card'
import { Dialog } from '@/components/ui/dialog'
import { Notice } from '@/components/ui/notice'
import { ReasonedButton } from '@/components/ui/reasoned-button'
import { callApi } from '@/lib/client/call-api'
import { refreshOperators } from '@/lib/client/queries/refresh-operators'
import { PasswordPrompt } from './password-prompt'
import { RecoveryCodesDialog } from './recovery-codes-dialog'

/** So few that the next lost phone may be one too many. */
const fewCodes = 3

export function RecoveryCodesCard({ hasTotp, codesLeft }: { readonly hasTotp: boolean; readonly codesLeft: number }) {
  const [stage, setStage] = useState<'closed' | 'password' | readonly string[]>('closed')
  const queryClient = useQueryClient()
  const close = () => setStage('closed')
  const make = async (currentPassword: string) => {
    const { recoveryCodes } = await callApi('makeRecoveryCodes', { body: { currentPassword } })
    setStage(recoveryCodes)
    await refreshOperators(queryClient)
  }
  return (
    <Card title="Recovery codes" description="Each stands in for the app once, when the phone is gone.">
      <div className="flex flex-col items-start gap-4">
        {hasTotp && codesLeft <= fewCodes ? (
          <Notice
            tone="warn"
            title={`${codesLeft === 0 ? 'None is' : `Only ${codesLeft} are`} left`}
            className="w-full"
          >
            Make new ones before you need them.
          </Notice>
        ) : (
          <p className="tabular">{hasTotp ? `${codesLeft} are left.` : 'There are none without a second factor.'}</p>
        )}
        <ReasonedButton
          disabledBecause={hasTotp ? undefined : 'Recovery codes stand in for a second factor. Set one up first.'}
          onClick={() => setStage('password')}
        >
          Make new recovery codes
        </ReasonedButton>
      </div>
      <Dialog
        isOpen={stage === 'password'}
        onOpenChange={close}
        title="Make new recovery codes?"
        description="The codes that you have now stop working."
      >
        <PasswordPrompt verb="Make codes" onPassword={make} onCancel={close} />
      </Dialog>
      {typeof stage !== 'string' && <RecoveryCodesDialog codes={stage} onDone={close} />}
    </Card>
  )
}
