'use client'

import { useEffect, useRef, type ReactNode } from 'react'
import { Notice } from '@/components/ui/notice'

export interface StepFrameProps {
  readonly title: string
  readonly description?: ReactNode
  readonly problem?: string | null
  /** The heading takes the focus when the step replaces another one, so that its change is read out. */
  readonly takesFocus?: boolean
  readonly children: ReactNode
}

/** One step of a sign-in: what it is, what went wrong, and its form. */
export function StepFrame({ title, description, problem = null, takesFocus = false, children }: StepFrameProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    if (takesFocus) heading.current?.focus()
  }, [takesFocus])
  return (
    <div className="flex flex-col gap-5">
      <div className="flex flex-col gap-1">
        <h1 ref={heading} tabIndex={-1} className="text-xl font-semibold tracking-tight outline-none">
          {title}
        </h1>
        {description !== undefined && <div className="text-quiet">{description}</div>}
      </div>
      {problem !== null && <Notice tone="bad">{problem}</Notice>}
      {children}
    </div>
  )
}
