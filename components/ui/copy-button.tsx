'use client'

import { Check, Copy, TriangleAlert } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Button } from './button'
import { cn } from './cn'

export interface CopyButtonProps {
  readonly text: string
  /** What is copied: "ID", "command". */
  readonly what: string
  readonly isIconOnly?: boolean
  readonly className?: string
}

const words = {
  ready: 'Copy',
  copied: 'Copied',
  failed: 'Could not copy. Select the text and copy it yourself.',
} as const

/** Copies, and says whether it did: a browser may refuse. */
export function CopyButton({ text, what, isIconOnly = true, className }: CopyButtonProps) {
  const [state, setState] = useState<keyof typeof words>('ready')
  useEffect(() => {
    if (state !== 'copied') return
    const timer = setTimeout(() => setState('ready'), 2_000)
    return () => clearTimeout(timer)
  }, [state])
  const copy = () => void copyText(text).then((isCopied) => setState(isCopied ? 'copied' : 'failed'))
  const Icon = { ready: Copy, copied: Check, failed: TriangleAlert }[state]
  return (
    <>
      <Button
        look="quiet"
        size={isIconOnly ? 'icon-sm' : 'sm'}
        onClick={copy}
        title={state === 'ready' ? `Copy ${what}` : words[state]}
        aria-label={isIconOnly ? `Copy ${what}` : undefined}
        className={cn(isIconOnly && '[&_svg]:size-3.5', state === 'failed' && 'text-bad', className)}
      >
        <Icon aria-hidden />
        {!isIconOnly && (state === 'copied' ? 'Copied' : `Copy ${what}`)}
      </Button>
      <span role="status" className={cn(state === 'failed' && !isIconOnly ? 'text-xs text-bad' : 'sr-only')}>
        {state === 'ready' ? '' : words[state]}
      </span>
    </>
  )
}

/** False where the browser refuses: no permission, or a page that is not from a secure origin. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return false
  }
}
