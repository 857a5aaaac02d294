'use client'

import type { ReactNode } from 'react'
import { Button, type ButtonProps } from './button'
import { Tooltip } from './tooltip'

export interface ReasonedButtonProps extends ButtonProps {
  /** Why it cannot be done; undefined where it can. */
  readonly disabledBecause: string | undefined
  readonly children: ReactNode
}

/**
 * A button that, where it is unavailable, says why. It keeps its place in the tab order (`aria-disabled`), because a
 * disabled one could not be asked.
 */
export function ReasonedButton({ disabledBecause, onClick, children, ...props }: ReasonedButtonProps) {
  if (disabledBecause === undefined) {
    return (
      <Button {...props} onClick={onClick}>
        {children}
      </Button>
    )
  }
  return (
    <Tooltip content={disabledBecause}>
      <Button {...props} aria-disabled onClick={(event) => event.preventDefault()}>
        {children}
        <span className="sr-only">. Unavailable: {disabledBecause}</span>
      </Button>
    </Tooltip>
  )
}
