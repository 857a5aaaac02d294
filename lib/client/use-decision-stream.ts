'use client'

import { useEffect, useEffectEvent, useState } from 'react'
import type { Decision } from '@/lib/contract/decisions'
import { decisionStreamPath, lastEventIdQuery } from '@/lib/contract/live'
import { callApi } from './call-api'

export type StreamState = 'off' | 'connecting' | 'open' | 'lost'

export interface DecisionStreamHandlers {
  readonly onDecision: (decision: Decision) => void
  /** For the first time or again: what came before is in the list. */
  readonly onReady: () => void
  /** More was decided than the feed carries. */
  readonly onGap: () => void
}

const longestWaitMs = 15_000

/**
 * Watches decisions while `isOn`. A lost stream is tried again, at longer and longer intervals, from where it was; an
 * ended session leads to the sign-in, because the call that asks about it does.
 */
export function useDecisionStream(isOn: boolean, handlers: DecisionStreamHandlers): StreamState {
  const [state, setState] = useState<Exclude<StreamState, 'off'>>('connecting')
  const onDecision = useEffectEvent(handlers.onDecision)
  const onReady = useEffectEvent(handlers.onReady)
  const onGap = useEffectEvent(handlers.onGap)
  useEffect(() => {
    if (!isOn) return
    let source: EventSource | null = null
    let timer: ReturnType<typeof setTimeout> | undefined
    let lastEventId: string | null = null
    let tries = 0
    let isOver = false

    const connect = () => {
      const query = lastEventId === null ? '' : `?${lastEventIdQuery}=${encodeURIComponent(lastEventId)}`
      source = new EventSource(`/api/v1${decisionStreamPath}${query}`)
      source.addEventListener('open', () => {
        tries = 0
        setState('open')
      })
      source.addEventListener('ready', () => onReady())
      source.addEventListener('decision', (event: MessageEvent<string>) => {
        lastEventId = event.lastEventId
        onDecision(JSON.parse(event.data) as Decision)
      })
      source.addEventListener('gap', () => onGap())
      source.addEventListener('end', lose)
      source.addEventListener('error', lose)
    }
    // The browser would try again by itself, but says nothing about a 401 and gives up on it.
    const lose = () => {
      source?.close()
      if (isOver) return
      setState('lost')
      tries += 1
      void callApi('getWhoami', {}).catch(() => undefined)
      clearTimeout(timer)
      timer = setTimeout(connect, Math.min(longestWaitMs, 500 * 2 ** tries))
    }
    connect()
    return () => {
      isOver = true
      clearTimeout(timer)
      source?.close()
      setState('connecting')
    }
  }, [isOn])
  return isOn ? state : 'off'
}
