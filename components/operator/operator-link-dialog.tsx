'use client'

import { CodeBlock } from '@/components/ui/code-block'
import { Instant } from '@/components/ui/instant'
import { ShownOnceDialog } from '@/components/ui/shown-once-dialog'
import { HostileText } from '@/components/common/hostile-text'
import type { OperatorLink } from '@/lib/contract/operators'

export interface OperatorLinkDialogProps {
  readonly kind: 'invitation' | 'reset'
  readonly name: string
  readonly link: OperatorLink
  readonly onDone: () => void
}

/** A link by which its holder becomes an operator, shown this once. Nothing is sent: it is handed over by hand. */
export function OperatorLinkDialog({ kind, name, link, onDone }: OperatorLinkDialogProps) {
  return (
    <ShownOnceDialog
      title={
        <>
          {kind === 'invitation' ? 'Invitation for' : 'Reset link for'} <HostileText text={name} maxLength={64} />
        </>
      }
      description={
        <>
          Hand it over yourself, in a safe way: nothing is sent, and whoever opens it first chooses the password. It
          works once, until <Instant at={link.expiresAt} show="local" isInControl />, and is shown this once.
        </>
      }
      onDone={onDone}
    >
      <CodeBlock code={link.url} label="link" isLabelShown={false} isWrapped />
    </ShownOnceDialog>
  )
}
