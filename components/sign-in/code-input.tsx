'use client'

import type { ChangeEvent } from 'react'
import { Input } from '@/components/ui/input'

/** Six digits. What apps and people put between them is taken out here, because the server takes digits alone. */
export function CodeInput({ autoFocus = false }: { readonly autoFocus?: boolean }) {
  const clean = (event: ChangeEvent<HTMLInputElement>) => {
    event.target.value = event.target.value.replace(/\D/g, '').slice(0, 6)
  }
  return (
    <Input
      name="code"
      inputMode="numeric"
      autoComplete="one-time-code"
      spellCheck={false}
      autoFocus={autoFocus}
      onChange={clean}
      className="font-mono tracking-widest"
    />
  )
}
