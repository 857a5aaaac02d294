'use client'

import { toNestErrors } from '@hookform/resolvers'
import { useState, type SyntheticEvent } from 'react'
import { get, useForm, type DefaultValues, type FieldValues, type Path, type UseFormReturn } from 'react-hook-form'
import type { z } from 'zod'
import { toProblem } from '@/lib/client/api-problem'
import { toFieldErrors, toServerFieldErrors, type FieldError } from '@/lib/client/field-errors'

export interface ApiFormOptions<Values extends FieldValues, Body> {
  /** Of the operation's body: the contract is the only judge. */
  readonly schema: z.ZodType<Body>
  readonly toBody: (values: Values) => unknown
  readonly defaultValues: DefaultValues<Values>
  /** Fields that hold as one text what the contract takes as a list or a table. */
  readonly leaves?: readonly string[]
  readonly send: (body: Body) => Promise<void>
}

export interface ApiForm<Values extends FieldValues, Body> {
  readonly form: UseFormReturn<Values, unknown, Body>
  readonly formProps: {
    readonly method: 'post'
    readonly noValidate: true
    readonly onSubmit: (event: SyntheticEvent) => void
  }
  readonly isBusy: boolean
  readonly errorOf: (name: string) => string | undefined
  /** What is wrong with no field. */
  readonly problem: Error | null
}

/** A form whose values are checked by the contract before and by the server after; both speak at the field. */
export function useApiForm<Values extends FieldValues, Body>(
  options: ApiFormOptions<Values, Body>,
): ApiForm<Values, Body> {
  const { schema, toBody, defaultValues, leaves = [], send } = options
  const [problem, setProblem] = useState<Error | null>(null)
  const form = useForm<Values, unknown, Body>({
    defaultValues,
    resolver: (values, _context, resolving) => {
      const parsed = schema.safeParse(toBody(values))
      if (parsed.success) return { values: parsed.data, errors: {} }
      const errors = toFieldErrors(parsed.error.issues, leaves)
      const flat = Object.fromEntries(errors.map(({ name, message }) => [name, { type: 'contract', message }]))
      return { values: {}, errors: toNestErrors<Values>(flat, resolving) }
    },
  })
  const { errors, isSubmitting } = form.formState

  const submit = form.handleSubmit(async (body) => {
    setProblem(null)
    try {
      await send(body)
    } catch (error) {
      const found = toProblem(error)
      const values: unknown = form.getValues()
      const own = toServerFieldErrors(found.fields ?? [], leaves).filter(({ name }) => get(values, name) !== undefined)
      own.forEach(({ name, message }: FieldError, index) =>
        form.setError(name as Path<Values>, { type: 'server', message }, { shouldFocus: index === 0 }),
      )
      if (own.length === 0) setProblem(error instanceof Error ? error : new Error('unknown'))
    }
  })

  return {
    form,
    formProps: {
      method: 'post',
      noValidate: true,
      onSubmit: (event) => {
        // A form in a dialog stands, for React, in the form around it.
        event.stopPropagation()
        void submit(event)
      },
    },
    isBusy: isSubmitting,
    errorOf: (name) => messageOf(get(errors, name)),
    problem,
  }
}

/** Of a field, or of a list of fields as a whole. */
function messageOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  const message: unknown = Reflect.get(error, 'message')
  return typeof message === 'string' ? message : messageOf(Reflect.get(error, 'root'))
}
