'use client'

import { RecoveryCodesView } from '@/components/sign-in/recovery-codes-view'
import { ShownOnceDialog } from '@/components/ui/shown-once-dialog'

/** New recovery codes, shown this once. */
export function RecoveryCodesDialog({ codes, onDone }: { readonly codes: readonly string[]; onDone: () => void }) {
  return (
    <ShownOnceDialog
      title="Store your recovery codes"
      description="Each opens one sign-in without your app. They are shown this once: keep them where your phone is not. Codes from before do not work any more."
      onDone={onDone}
    >
      <RecoveryCodesView codes={codes} />
    </ShownOnceDialog>
  )
}
