'use client'

import type { ComponentProps } from 'react'
import { cn } from './cn'
import { controlClass, useFieldControl } from './field-context'

export function Textarea({ className, rows = 3, ...props }: ComponentProps<'textarea'>) {
  return (
    <textarea rows={rows} {...useFieldControl()} className={cn(controlClass, 'px-2.5 py-1.5', className)} {...props} />
  )
}
