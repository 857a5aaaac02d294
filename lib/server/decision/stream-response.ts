import type { Decision } from '@/lib/contract/decisions'
import type { DecisionStreamEnd } from '@/lib/contract/live'
import { parseId } from '@/lib/domain/ids'
import type { Dependencies } from '../dependencies'
import type { FeedBatch } from './stream-feed'
import { readDecisionsSince } from './stream-recent'

export interface StreamOptions {
  /** What `Last-Event-ID` said; anything that is no id of a decision counts as nothing. */
  readonly lastEventId: string | null
  /** Asked again and again: an ended session ends its stream. */
  readonly isStillAllowed: () => Promise<boolean>
  readonly signal: AbortSignal
  readonly checkEveryMs?: number
}

/** Chunks that wait for a reader who does not read. Then the stream ends, and its reader may come back. */
const maxWaiting = 2_000
const maxReplayed = 500

/**
 * Decisions as server-sent events, from now on. Null: too many watch already.
 *
 * What was missed since `lastEventId` comes first, bounded; the rest of a longer gap is only counted.
 */
export function openDecisionStream(
  deps: Pick<Dependencies, 'prisma' | 'decisionFeed'>,
  options: StreamOptions,
): ReadableStream<Uint8Array> | null {
  const { lastEventId, isStillAllowed, signal, checkEveryMs = 5_000 } = options
  const encoder = new TextEncoder()
  let controller: ReadableStreamDefaultController<Uint8Array> | null = null
  let isOver = false
  // What comes while the missed ones are read waits for them.
  let early: FeedBatch[] | null = []

  const send = (text: string): void => {
    if (isOver || controller === null) return
    if ((controller.desiredSize ?? 0) < -maxWaiting) return finish()
    controller.enqueue(encoder.encode(text))
  }
  const sendBatch = ({ decisions, skippedAtLeast }: FeedBatch): void => {
    if (skippedAtLeast > 0) send(formatEvent('gap', { skippedAtLeast }))
    for (const decision of decisions) send(formatEvent('decision', decision, decision.id))
  }
  const unwatch = deps.decisionFeed.watch({
    onReady: () => send(formatEvent('ready', {})),
    onBatch: (batch) => (early === null ? sendBatch(batch) : void early.push(batch)),
    onStop: () => end('stopping'),
  })
  if (unwatch === null) return null

  const finish = (): void => {
    if (isOver) return
    isOver = true
    clearInterval(checks)
    signal.removeEventListener('abort', finish)
    unwatch()
    try {
      controller?.close()
    } catch {
      // The reader was gone before.
    }
  }
  const end = (reason: DecisionStreamEnd['reason']): void => {
    send(formatEvent('end', { reason }))
    finish()
  }
  const check = async (): Promise<void> => {
    // In doubt, it is over: the reader comes back and is asked who it is.
    if (await isStillAllowed().catch(() => false)) send(': still here\n\n')
    else end('session_ended')
  }
  const checks = setInterval(() => void check(), checkEveryMs)
  checks.unref()
  signal.addEventListener('abort', finish)

  const replay = async (): Promise<void> => {
    const uuid = lastEventId === null ? null : parseId('dec', lastEventId)
    const missed =
      uuid === null ? [] : await readDecisionsSince(deps.prisma, uuid, maxReplayed).catch((): Decision[] => [])
    sendBatch({ decisions: missed, skippedAtLeast: missed.length === maxReplayed ? 1 : 0 })
    const waiting = early ?? []
    early = null
    for (const batch of waiting) sendBatch(batch)
  }
  return new ReadableStream<Uint8Array>({
    start(made) {
      controller = made
      send('retry: 2000\n: Decisions as they are recorded\n\n')
      void replay()
    },
    cancel: finish,
  })
}

/** JSON has no line ends of its own, so one `data:` line holds it. */
function formatEvent(name: string, data: object, id?: string): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`
}
