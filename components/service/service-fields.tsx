'use client'

import { Plus, Trash2 } from 'lucide-react'
import { useFieldArray, type UseFormReturn } from 'react-hook-form'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { Checkbox } from '@/components/ui/checkbox'
import { Field } from '@/components/ui/field'
import { Input } from '@/components/ui/input'
import { Select } from '@/components/ui/select'
import { Textarea } from '@/components/ui/textarea'
import type { ServiceFormValues } from '@/lib/client/service-form'
import { bodyBindings, serviceModes } from '@/lib/domain/service/service-settings'
import { bodyBindingNames } from './body-binding-names'
import { serviceModeLooks } from './service-mode-badge'

export interface ServiceFieldsProps<Body> {
  readonly form: UseFormReturn<ServiceFormValues, unknown, Body>
  readonly errorOf: (name: string) => string | undefined
}

/** The settings of a service: where it is reached, what it demands, who may call. */
export function ServiceFields<Body>({ form, errorOf }: ServiceFieldsProps<Body>) {
  const { register } = form
  return (
    <>
      <AuthorityFields form={form} errorOf={errorOf} />
      <Card title="What a request has to prove">
        <div className="grid max-w-3xl gap-4 sm:grid-cols-2">
          <Field
            label="Mode"
            error={errorOf('mode')}
            hint="Observe records what would be refused and lets it pass: for finding out whom enforcing would hit."
          >
            <Select {...register('mode')}>
              {serviceModes.toReversed().map((mode) => (
                <option key={mode} value={mode}>
                  {serviceModeLooks[mode].name}
                </option>
              ))}
            </Select>
          </Field>
          <Field
            label="Body compared by"
            error={errorOf('bodyBinding')}
            hint="nginx and Caddy do not see bodies: the backend compares them. The gate does."
          >
            <Select {...register('bodyBinding')}>
              {bodyBindings.map((binding) => (
                <option key={binding} value={binding}>
                  {bodyBindingNames[binding]}
                </option>
              ))}
            </Select>
          </Field>
          <Field
            label="Covered fields"
            className="sm:col-span-2"
            error={errorOf('coveredFields')}
            hint="Headers that the signature covers wherever a request carries them, so that they cannot be changed on the way."
          >
            <Input
              spellCheck={false}
              autoComplete="off"
              className="font-mono sm:text-xs"
              {...register('coveredFields')}
            />
          </Field>
        </div>
      </Card>
      <Card title="Machines that may call">
        <Field
          label="Labels that a machine must carry"
          className="max-w-3xl"
          error={errorOf('machineSelector')}
          hint="key=value, one a line; all must hold. Empty: every enrolled machine may call."
        >
          <Textarea
            rows={3}
            spellCheck={false}
            placeholder="env=production"
            className="font-mono sm:text-xs"
            {...register('machineSelector')}
          />
        </Field>
      </Card>
      <Card title="Special cases" description="The defaults fit nearly everywhere.">
        <div className="flex max-w-3xl flex-col gap-3">
          <Checkbox
            label="Demand asymmetric signatures"
            hint="Refuses hmac-sha256, which machines use by default."
            {...register('requireAsymmetric')}
          />
          <Checkbox
            label="Accept credentials without a number"
            hint="For signers other than our agent. Copies of such a machine are not noticed by their numbers."
            {...register('allowPlainNonce')}
          />
          <Checkbox
            label="Accept %2F in paths"
            hint="Only where gateway and backend read it the same way."
            {...register('allowEncodedSlash')}
          />
        </div>
      </Card>
    </>
  )
}

function AuthorityFields<Body>({ form, errorOf }: ServiceFieldsProps<Body>) {
  const { register, control } = form
  const { fields, append, remove } = useFieldArray({ control, name: 'authorities' })
  const ofList = errorOf('authorities')
  return (
    <Card
      title="Where it is reached"
      description="The host as clients write it in the URL, with the port if they write one. An authority belongs to one service."
    >
      <div className="flex max-w-3xl flex-col gap-3">
        {fields.map((field, index) => (
          <div
            key={field.id}
            className="grid grid-cols-[minmax(0,1fr)_auto] gap-x-2 gap-y-2 sm:grid-cols-[minmax(0,2fr)_minmax(0,1fr)_auto]"
          >
            <Field label="Authority" isRequired error={errorOf(`authorities.${index}.authority`)}>
              <Input
                placeholder="orders.example"
                spellCheck={false}
                autoComplete="off"
                autoCapitalize="none"
                className="font-mono sm:text-xs"
                {...register(`authorities.${index}.authority`)}
              />
            </Field>
            <Button
              look="quiet"
              size="icon"
              className="mt-[1.6rem] sm:order-last"
              aria-label={`Remove authority ${index + 1}`}
              onClick={() => remove(index)}
            >
              <Trash2 aria-hidden />
            </Button>
            <Field label="Path prefix" error={errorOf(`authorities.${index}.pathPrefix`)} className="max-sm:col-span-2">
              <Input
                placeholder="/"
                spellCheck={false}
                autoComplete="off"
                className="font-mono sm:text-xs"
                {...register(`authorities.${index}.pathPrefix`)}
              />
            </Field>
          </div>
        ))}
        {ofList !== undefined && (
          <p role="alert" className="text-xs text-bad">
            {ofList}
          </p>
        )}
        <Button className="self-start" onClick={() => append({ authority: '', pathPrefix: '/' })}>
          <Plus aria-hidden />
          Add authority
        </Button>
      </div>
    </Card>
  )
}
