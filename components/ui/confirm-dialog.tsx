'use client'

import { useState, type SubmitEvent, type ReactNode } from 'react'
import { Button } from './button'
import { Dialog, DialogFooter } from './dialog'
import { Field } from './field'
import { Input } from './input'
import { Notice } from './notice'
import { Textarea } from './textarea'

export interface ConfirmDialogProps {
  readonly isOpen: boolean
  readonly onOpenChange: (isOpen: boolean) => void
  /** Verb and object: "Revoke payments-7f9?" */
  readonly title: ReactNode
  /** What happens, to what, and what does not. */
  readonly consequence: ReactNode
  /** The button: "Revoke machine". */
  readonly verb: string
  readonly tone?: 'danger' | 'primary'
  readonly reason?: 'required' | 'optional' | 'none'
  readonly reasonHint?: string
  /** Only where more than ten things are hit: the text that has to be typed. */
  readonly typeToConfirm?: string
  readonly isBusy?: boolean
  /** Why it did not work, shown in place; the dialog stays. */
  readonly problem?: ReactNode
  readonly onConfirm: (reason: string) => void
}

/** The one confirm primitive: names the object, states the consequence, and its button is the verb. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  return (
    <Dialog isOpen={props.isOpen} onOpenChange={props.onOpenChange} title={props.title} description={props.consequence}>
      <ConfirmForm {...props} />
    </Dialog>
  )
}

/** Inside the dialog, so that it begins empty each time it opens. */
function ConfirmForm(props: ConfirmDialogProps) {
  const { verb, tone = 'primary', reason: reasonMode = 'required', typeToConfirm, isBusy = false } = props
  const [reason, setReason] = useState('')
  const [typed, setTyped] = useState('')
  const [wasTried, setWasTried] = useState(false)
  const needsReason = reasonMode === 'required' && reason.trim() === ''
  const needsTyping = typeToConfirm !== undefined && typed !== typeToConfirm
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    setWasTried(true)
    if (!needsReason && !needsTyping && !isBusy) props.onConfirm(reason.trim())
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-4" noValidate>
      {reasonMode !== 'none' && (
        <Field
          label="Reason"
          isRequired={reasonMode === 'required'}
          hint={props.reasonHint ?? 'Kept in the audit log.'}
          error={wasTried && needsReason ? 'Say why. The audit log keeps it.' : undefined}
        >
          <Textarea
            value={reason}
            onChange={(event) => setReason(event.target.value)}
            maxLength={500}
            autoFocus
            onKeyDown={(event) => {
              if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) event.currentTarget.form?.requestSubmit()
            }}
          />
        </Field>
      )}
      {typeToConfirm !== undefined && (
        <Field
          label={
            <>
              Type <code className="text-xs">{typeToConfirm}</code> to confirm
            </>
          }
          error={wasTried && needsTyping ? 'Type it exactly.' : undefined}
        >
          <Input value={typed} onChange={(event) => setTyped(event.target.value)} autoComplete="off" />
        </Field>
      )}
      {props.problem !== undefined && props.problem !== null && <Notice tone="bad">{props.problem}</Notice>}
      <DialogFooter>
        <Button onClick={() => props.onOpenChange(false)}>Cancel</Button>
        <Button type="submit" look={tone} isBusy={isBusy}>
          {verb}
        </Button>
      </DialogFooter>
    </form>
  )
}
