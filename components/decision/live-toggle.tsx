'use client'

import { Radio } from 'lucide-react'
import { Button } from '@/components/ui/button'
import { cn } from '@/components/ui/cn'
import type { StreamState } from '@/lib/client/use-decision-stream'

export interface LiveToggleProps {
  readonly state: StreamState
  readonly isPaused: boolean
  readonly onToggle: () => void
}

/** Turns the live tail on and off, and says how it is. */
export function LiveToggle({ state, isPaused, onToggle }: LiveToggleProps) {
  const isOn = state !== 'off'
  return (
    <span className="flex items-center gap-2">
      <span
        role="status"
        className={cn('text-xs empty:hidden', state === 'lost' ? 'font-medium text-bad' : 'text-quiet')}
      >
        {textOf(state, isPaused)}
      </span>
      <Button aria-pressed={isOn} onClick={onToggle} className={cn(isOn && 'border-accent text-accent')}>
        <Radio aria-hidden className={cn(state === 'open' && !isPaused && 'pulse-soft')} />
        Live tail
      </Button>
    </span>
  )
}

function textOf(state: StreamState, isPaused: boolean): string {
  switch (state) {
    case 'off':
      return ''
    case 'connecting':
      return 'Connecting …'
    case 'lost':
      return 'Stream lost, trying again …'
    case 'open':
      return isPaused ? 'Paused while you read' : 'Live'
  }
}
