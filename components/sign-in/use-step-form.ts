'use client'

import { useRef, useState, type SyntheticEvent } from 'react'
import type { z } from 'zod'
import { describeProblem, toProblem } from '@/lib/client/api-problem'
import { wordFieldError } from '@/lib/client/word-field-error'

export interface StepForm {
  /** For the `form` element; its controls are read by their names. */
  readonly formProps: {
    readonly ref: React.RefObject<HTMLFormElement | null>
    readonly method: 'post'
    readonly noValidate: true
    readonly onSubmit: (event: SyntheticEvent<HTMLFormElement>) => void
  }
  readonly isBusy: boolean
  /** What is wrong with a field, by its name. */
  readonly errors: Readonly<Record<string, string>>
  /** What is wrong with none of them. */
  readonly problem: string | null
}

/**
 * A form of a few fields: checked by the contract's own schema, sent, and what is wrong shown at its field, which takes
 * the focus. `method="post"`, so that a page whose scripts did not load never puts a password into its address.
 */
export function useStepForm<Schema extends z.ZodObject>(
  schema: Schema,
  fixed: Readonly<Record<string, string>>,
  send: (body: z.output<Schema>) => Promise<void>,
): StepForm {
  const form = useRef<HTMLFormElement>(null)
  const [isBusy, setBusy] = useState(false)
  const [errors, setErrors] = useState<Readonly<Record<string, string>>>({})
  const [problem, setProblem] = useState<string | null>(null)

  const show = (found: Readonly<Record<string, string>>, general: string | null) => {
    setErrors(found)
    setProblem(general)
    const controls = [...(form.current?.elements ?? [])].filter((control) => control instanceof HTMLInputElement)
    // What is wrong with no field is mostly the last one: the password, the code.
    const wanted = controls.find(({ name }) => Object.hasOwn(found, name)) ?? controls.at(-1)
    // After the error is in the page, so that it is read out with the field.
    requestAnimationFrame(() => wanted?.focus())
  }

  const submit = async () => {
    if (form.current === null || isBusy) return
    const typed = Object.fromEntries(new FormData(form.current))
    const parsed = schema.safeParse({ ...typed, ...fixed })
    if (!parsed.success) {
      const issues = parsed.error.issues.map((issue) => {
        const name = String(issue.path[0])
        return [name, typed[name] === '' ? wordFieldError('must not be empty') : wordFieldError(issue.message)] as const
      })
      // The first word on each field counts.
      return show(Object.fromEntries(issues.reverse()), null)
    }
    setBusy(true)
    setProblem(null)
    try {
      await send(parsed.data)
      setErrors({})
    } catch (error) {
      const found = toProblem(error)
      const names = new Set(Object.keys(typed))
      const fields = (found.fields ?? []).map(({ path, message }) => [path.replace(/^body\./, ''), message] as const)
      const own = fields
        .filter(([name]) => names.has(name))
        .map(([name, message]) => [name, wordFieldError(message)] as const)
      show(Object.fromEntries(own), own.length > 0 ? null : describeProblem(found))
    } finally {
      setBusy(false)
    }
  }

  return {
    formProps: {
      ref: form,
      method: 'post',
      noValidate: true,
      onSubmit: (event) => {
        event.preventDefault()
        void submit()
      },
    },
    isBusy,
    errors,
    problem,
  }
}
