'use client'

import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { z } from 'zod'
import { useWhyNot } from '@/components/common/viewer'
import { ProblemText } from '@/components/common/problem-text'
import { useApiForm } from '@/components/form/use-api-form'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { ConfirmDialog } from '@/components/ui/confirm-dialog'
import { Field } from '@/components/ui/field'
import { Input } from '@/components/ui/input'
import { Notice } from '@/components/ui/notice'
import { ReasonedButton } from '@/components/ui/reasoned-button'
import { useToast } from '@/components/ui/toast'
import { callApi } from '@/lib/client/call-api'
import { servicesKey } from '@/lib/client/queries/service-queries'
import { describeServiceChange, type Consequence } from '@/lib/client/service-consequences'
import { serviceFormLeaves, toServiceSettings, toServiceValues } from '@/lib/client/service-form'
import { withoutUndefined } from '@/lib/client/without-undefined'
import { updateService, type Service } from '@/lib/contract/services'
import { ConsequenceList } from './consequence-list'
import { RetireService } from './retire-service'
import { ServiceFields } from './service-fields'

type Body = z.output<typeof updateService.body>

interface Asked {
  readonly consequences: readonly Consequence[]
  readonly answer: (isConfirmed: boolean) => void
}

/** The settings as a form. What somebody else changes meanwhile is said, and does not replace what is being typed. */
export function ServiceSettings({ service: latest }: { readonly service: Service }) {
  const [service, setService] = useState(latest)
  return (
    <div className="flex flex-col gap-5">
      {latest.version > service.version && (
        <Notice
          tone="warn"
          title="The service was changed meanwhile"
          action={
            <Button size="sm" onClick={() => setService(latest)}>
              Load the present settings
            </Button>
          }
        >
          What you see below is older, and cannot be saved over it.
        </Notice>
      )}
      <SettingsForm key={service.version} service={service} onSaved={setService} />
      <RetireService service={latest} />
    </div>
  )
}

interface SettingsFormProps {
  readonly service: Service
  readonly onSaved: (service: Service) => void
}

/** What widens or narrows is said before it is in force. */
function SettingsForm({ service, onSaved }: SettingsFormProps) {
  const queryClient = useQueryClient()
  const toast = useToast()
  const [asked, setAsked] = useState<Asked | null>(null)
  const whyNot = useWhyNot('services.write')
  const confirm = (consequences: readonly Consequence[]) =>
    new Promise<boolean>((resolve) =>
      setAsked({
        consequences,
        answer: (isConfirmed) => {
          setAsked(null)
          resolve(isConfirmed)
        },
      }),
    )
  const { form, formProps, isBusy, errorOf, problem } = useApiForm({
    schema: updateService.body,
    defaultValues: toServiceValues(service),
    leaves: serviceFormLeaves,
    // Nobody's change in between is overwritten unseen.
    toBody: (values) => ({ ...toServiceSettings(values), ifVersion: service.version }),
    send: async (body: Body) => {
      const consequences = describeServiceChange(service, withoutUndefined(body))
      if (consequences.length > 0 && !(await confirm(consequences))) return
      const changed = await callApi('updateService', { params: { service: service.slug }, body })
      toast(
        changed.version === service.version
          ? { tone: 'info', title: 'Nothing was changed' }
          : { title: 'Settings saved', description: 'In force on every node.' },
      )
      onSaved(changed)
      await queryClient.invalidateQueries({ queryKey: servicesKey })
    },
  })
  const widens = asked?.consequences.some(({ effect }) => effect === 'widens') ?? false
  return (
    <>
      <form {...formProps} className="flex flex-col gap-5">
        <Card title="Name">
          <Field label="Display name" error={errorOf('name')} className="max-w-md">
            <Input autoComplete="off" {...form.register('name')} />
          </Field>
        </Card>
        <ServiceFields form={form} errorOf={errorOf} />
        {problem !== null && (
          <Notice tone="bad" title="The settings were not saved">
            <ProblemText error={problem} />
          </Notice>
        )}
        <div>
          <ReasonedButton type="submit" look="primary" isBusy={isBusy} disabledBecause={whyNot}>
            Save settings
          </ReasonedButton>
        </div>
      </form>
      {asked !== null && (
        <ConfirmDialog
          isOpen
          onOpenChange={(isOpen) => {
            if (!isOpen) asked.answer(false)
          }}
          title={`Change ${service.slug}?`}
          consequence={<ConsequenceList consequences={asked.consequences} />}
          verb="Save settings"
          tone={widens ? 'danger' : 'primary'}
          reason="none"
          onConfirm={() => asked.answer(true)}
        />
      )}
    </>
  )
}
