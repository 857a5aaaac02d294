'use client'

import type { ComponentProps } from 'react'
import { cn } from './cn'
import { controlClass, useFieldControl } from './field-context'

export function Input({ className, type = 'text', ...props }: ComponentProps<'input'>) {
  return <input type={type} {...useFieldControl()} className={cn(controlClass, 'h-8 px-2.5', className)} {...props} />
}
