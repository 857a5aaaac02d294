'use client'

import { useCallback, useEffect, useRef, useState } from 'react'
import type { Decision } from '@/lib/contract/decisions'
import { mergeTail } from '@/lib/client/merge-tail'
import { useDecisionStream, type StreamState } from '@/lib/client/use-decision-stream'

export interface LiveTail {
  readonly state: StreamState
  /** What came since the tail was turned on, newest first, as far as it is shown. */
  readonly decisions: readonly Decision[]
  readonly isPaused: boolean
  /** How many wait while it is paused. */
  readonly waiting: number
  readonly resume: () => void
}

const pauseBelowPx = 80

/** The live tail. Pauses when the page is scrolled, so that nobody's row moves away from under the pointer. */
export function useLiveTail(isOn: boolean, matches: (decision: Decision) => boolean, onCatchUp: () => void): LiveTail {
  const [shown, setShown] = useState<readonly Decision[]>([])
  const [held, setHeld] = useState<readonly Decision[]>([])
  const [isPaused, setIsPaused] = useState(false)
  const paused = useRef(false)

  const resume = useCallback(() => {
    paused.current = false
    setIsPaused(false)
    setHeld((waiting) => {
      setShown((before) => mergeTail(before, waiting))
      return []
    })
  }, [])

  useEffect(() => {
    if (!isOn) return
    const listen = () => {
      const isAway = window.scrollY > pauseBelowPx
      if (isAway === paused.current) return
      if (!isAway) return resume()
      paused.current = true
      setIsPaused(true)
    }
    window.addEventListener('scroll', listen, { passive: true })
    return () => {
      window.removeEventListener('scroll', listen)
      setShown([])
      setHeld([])
      paused.current = false
      setIsPaused(false)
    }
  }, [isOn, resume])

  const state = useDecisionStream(isOn, {
    onDecision: (decision) => {
      if (!matches(decision)) return
      const add = (before: readonly Decision[]) => mergeTail(before, [decision])
      if (paused.current) setHeld(add)
      else setShown(add)
    },
    onReady: onCatchUp,
    onGap: onCatchUp,
  })
  return { state, decisions: shown, isPaused, waiting: held.length, resume }
}
