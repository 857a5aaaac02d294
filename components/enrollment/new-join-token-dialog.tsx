'use client'

import { useQueryClient } from '@tanstack/react-query'
import { ProblemText } from '@/components/common/problem-text'
import { useApiForm } from '@/components/form/use-api-form'
import { Button } from '@/components/ui/button'
import { Dialog, DialogFooter } from '@/components/ui/dialog'
import { Field } from '@/components/ui/field'
import { Input } from '@/components/ui/input'
import { Notice } from '@/components/ui/notice'
import { Select } from '@/components/ui/select'
import { Textarea } from '@/components/ui/textarea'
import { callApi, type ApiResult } from '@/lib/client/call-api'
import { parseLabelLines } from '@/lib/client/label-lines'
import { joinTokensKey } from '@/lib/client/queries/join-token-queries'
import { createJoinToken } from '@/lib/contract/join-tokens'

export interface NewJoinTokenDialogProps {
  readonly onClose: () => void
  readonly onMade: (made: ApiResult<'createJoinToken'>) => void
}

const [minute, hour, day] = [60, 3_600, 86_400]

/** Short ones first: a token that lies about is one that somebody finds. */
const expiries = [
  [15 * minute, '15 minutes'],
  [hour, '1 hour'],
  [8 * hour, '8 hours'],
  [day, '1 day'],
  [7 * day, '7 days'],
  [30 * day, '30 days'],
] as const

const lifetimes = [
  [10 * minute, '10 minutes'],
  [hour, '1 hour'],
  [8 * hour, '8 hours'],
  [day, '1 day'],
  [7 * day, '7 days'],
  [30 * day, '30 days'],
] as const

interface Values {
  name: string
  labels: string
  usesAllowed: string
  expiresInSeconds: string
  machineLifetimeSeconds: string
}

const defaults: Values = {
  name: '',
  labels: '',
  usesAllowed: '1',
  expiresInSeconds: String(hour),
  machineLifetimeSeconds: String(day),
}

/** Makes a join token; its secret follows, once. */
export function NewJoinTokenDialog(props: NewJoinTokenDialogProps) {
  return (
    <Dialog
      isOpen
      onOpenChange={(isOpen) => {
        if (!isOpen) props.onClose()
      }}
      title="New join token"
      description="It lets machines in. They carry the labels that you give here, and cannot change them."
    >
      <JoinTokenForm {...props} />
    </Dialog>
  )
}

function JoinTokenForm({ onClose, onMade }: NewJoinTokenDialogProps) {
  const queryClient = useQueryClient()
  const { form, formProps, isBusy, errorOf, problem } = useApiForm({
    schema: createJoinToken.body,
    defaultValues: defaults,
    leaves: ['labels'],
    toBody: (values) => ({
      name: values.name.trim(),
      labels: parseLabelLines(values.labels),
      // What is no number is for the contract to refuse.
      usesAllowed: values.usesAllowed.trim() === '' ? Number.NaN : Number(values.usesAllowed),
      expiresInSeconds: Number(values.expiresInSeconds),
      machineLifetimeSeconds: Number(values.machineLifetimeSeconds),
    }),
    send: async (body) => {
      const made = await callApi('createJoinToken', { body })
      onMade(made)
      await Promise.all([joinTokensKey, ['overview']].map((queryKey) => queryClient.invalidateQueries({ queryKey })))
    },
  })
  return (
    <form {...formProps} className="flex flex-col gap-4">
      <Field label="Name" isRequired error={errorOf('name')} hint="What it is for. Machines keep names of their own.">
        <Input autoComplete="off" placeholder="payments, production" {...form.register('name')} />
      </Field>
      <Field
        label="Labels of the machines"
        error={errorOf('labels')}
        hint="key=value, one a line. Services select machines by them."
      >
        <Textarea
          rows={3}
          spellCheck={false}
          placeholder="env=production"
          className="font-mono sm:text-xs"
          {...form.register('labels')}
        />
      </Field>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Machines that may enrol" error={errorOf('usesAllowed')}>
          <Input inputMode="numeric" autoComplete="off" {...form.register('usesAllowed')} />
        </Field>
        <Field label="Usable for" error={errorOf('expiresInSeconds')}>
          <Select {...form.register('expiresInSeconds')}>
            {expiries.map(([seconds, name]) => (
              <option key={seconds} value={seconds}>
                {name}
              </option>
            ))}
          </Select>
        </Field>
        <Field
          label="Machines stay active without renewing"
          className="sm:col-span-2"
          error={errorOf('machineLifetimeSeconds')}
          hint="Agents renew every hour. A machine that is silent for longer expires."
        >
          <Select {...form.register('machineLifetimeSeconds')}>
            {lifetimes.map(([seconds, name]) => (
              <option key={seconds} value={seconds}>
                {name}
              </option>
            ))}
          </Select>
        </Field>
      </div>
      {problem !== null && (
        <Notice tone="bad">
          <ProblemText error={problem} />
        </Notice>
      )}
      <DialogFooter>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" isBusy={isBusy}>
          Create join token
        </Button>
      </DialogFooter>
    </form>
  )
}
