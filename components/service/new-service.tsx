'use client'

import { useQueryClient } from '@tanstack/react-query'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { useWhyNot } from '@/components/common/viewer'
import { ProblemText } from '@/components/common/problem-text'
import { useApiForm } from '@/components/form/use-api-form'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { Field } from '@/components/ui/field'
import { Input } from '@/components/ui/input'
import { Notice } from '@/components/ui/notice'
import { PageHeader } from '@/components/ui/page-header'
import { ReasonedButton } from '@/components/ui/reasoned-button'
import { callApi } from '@/lib/client/call-api'
import { servicesKey } from '@/lib/client/queries/service-queries'
import { newServiceValues, serviceFormLeaves, toServiceSettings } from '@/lib/client/service-form'
import { createService } from '@/lib/contract/services'
import { ServiceFields } from './service-fields'

/** Declares an API to protect; its gateways come next, on its own page. */
export function NewService() {
  const router = useRouter()
  const queryClient = useQueryClient()
  const { form, formProps, isBusy, errorOf, problem } = useApiForm({
    schema: createService.body,
    defaultValues: newServiceValues,
    leaves: serviceFormLeaves,
    toBody: (values) => ({ slug: values.slug.trim(), ...toServiceSettings(values) }),
    send: async (body) => {
      const made = await callApi('createService', { body })
      await Promise.all([servicesKey, ['overview']].map((queryKey) => queryClient.invalidateQueries({ queryKey })))
      router.push(`/services/${made.slug}`)
    },
  })
  return (
    <>
      <PageHeader
        title="New service"
        description="What it protects and what it demands. Nothing is in force until a gateway asks about it."
      />
      <form {...formProps} className="flex flex-col gap-5">
        <Card title="Name">
          <div className="grid max-w-3xl gap-4 sm:grid-cols-2">
            <Field
              label="Slug"
              isRequired
              error={errorOf('slug')}
              hint="Stands in configurations and assertions, and stays: a-z, 0-9 and dash."
            >
              <Input
                placeholder="orders"
                spellCheck={false}
                autoComplete="off"
                autoCapitalize="none"
                className="font-mono sm:text-xs"
                {...form.register('slug')}
              />
            </Field>
            <Field label="Display name" error={errorOf('name')} hint="For people; the slug unless you say otherwise.">
              <Input autoComplete="off" {...form.register('name')} />
            </Field>
          </div>
        </Card>
        <ServiceFields form={form} errorOf={errorOf} />
        {problem !== null && (
          <Notice tone="bad" title="The service was not created">
            <ProblemText error={problem} />
          </Notice>
        )}
        <div className="flex flex-wrap gap-2">
          <ReasonedButton type="submit" look="primary" isBusy={isBusy} disabledBecause={useWhyNot('services.write')}>
            Create service
          </ReasonedButton>
          <Button asChild>
            <Link href="/services">Cancel</Link>
          </Button>
        </div>
      </form>
    </>
  )
}
