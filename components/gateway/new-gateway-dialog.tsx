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
import { callApi } from '@/lib/client/call-api'
import { gatewaysKey } from '@/lib/client/queries/gateway-queries'
import { servicesKey } from '@/lib/client/queries/service-queries'
import { createGateway, type Gateway } from '@/lib/contract/gateways'
import type { Service } from '@/lib/contract/services'
import { canBindMachine, gatewayProfiles, type GatewayProfile } from '@/lib/domain/gateway/gateway-profile'
import { gatewayProfileNames } from './gateway-profile-names'

export interface NewGatewayDialogProps {
  readonly service: Service
  readonly onClose: () => void
  readonly onMade: (gateway: Gateway) => Promise<void>
}

interface Values {
  name: string
  profile: GatewayProfile
  machineId: string
}

function defaultsFor({ slug }: Service): Values {
  return { name: `${slug}-nginx`.slice(0, 63), profile: 'nginx', machineId: '' }
}

/** Declares who asks about the service. Its key follows. */
export function NewGatewayDialog(props: NewGatewayDialogProps) {
  return (
    <Dialog
      isOpen
      onOpenChange={(isOpen) => {
        if (!isOpen) props.onClose()
      }}
      title={`New gateway of ${props.service.slug}`}
      description="Whoever stands in front of the service and asks about each request."
    >
      <GatewayForm {...props} />
    </Dialog>
  )
}

function GatewayForm({ service, onClose, onMade }: NewGatewayDialogProps) {
  const queryClient = useQueryClient()
  const { form, formProps, isBusy, errorOf, problem } = useApiForm({
    schema: createGateway.body,
    defaultValues: defaultsFor(service),
    toBody: ({ name, profile, machineId }) => ({
      name: name.trim(),
      profile,
      services: [service.slug],
      ...(canBindMachine(profile).can && machineId.trim() !== '' && { machineId: machineId.trim() }),
    }),
    send: async (body) => {
      const made = await callApi('createGateway', { body })
      await Promise.all(
        [gatewaysKey, servicesKey, ['overview']].map((queryKey) => queryClient.invalidateQueries({ queryKey })),
      )
      await onMade(made)
    },
  })
  const profile = form.watch('profile')
  return (
    <form {...formProps} className="flex flex-col gap-4">
      <Field label="Name" isRequired error={errorOf('name')} hint="Stands in records and commands: a-z, 0-9 and dash.">
        <Input spellCheck={false} autoComplete="off" autoCapitalize="none" {...form.register('name')} />
      </Field>
      <Field label="Kind" error={errorOf('profile')} hint="The dialect that it asks in.">
        <Select {...form.register('profile')}>
          {gatewayProfiles.map((each) => (
            <option key={each} value={each}>
              {gatewayProfileNames[each]}
            </option>
          ))}
        </Select>
      </Field>
      {canBindMachine(profile).can && (
        <Field
          label="Machine"
          error={errorOf('machineId')}
          hint="ID of an enrolled machine that it proves itself as. Empty: it gets a key."
        >
          <Input
            spellCheck={false}
            autoComplete="off"
            placeholder="mach_…"
            className="font-mono sm:text-xs"
            {...form.register('machineId')}
          />
        </Field>
      )}
      {problem !== null && (
        <Notice tone="bad">
          <ProblemText error={problem} />
        </Notice>
      )}
      <DialogFooter>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" isBusy={isBusy}>
          Create gateway
        </Button>
      </DialogFooter>
    </form>
  )
}
