import type { Decision } from '@/lib/contract/decisions'
import { maxRecent, type RecentDecisions } from './stream-recent'

export interface FeedBatch {
  /** Oldest first. */
  readonly decisions: readonly Decision[]
  /** How many more there were at least, which the list has. */
  readonly skippedAtLeast: number
}

export interface FeedWatcher {
  /** Everything that is recorded from now on comes. */
  readonly onReady: () => void
  readonly onBatch: (batch: FeedBatch) => void
  /** The process is stopping. */
  readonly onStop: () => void
}

export interface DecisionFeed {
  /** Everything that is recorded from now on. Null: too many watch already. The answer ends the watch. */
  watch(watcher: FeedWatcher): (() => void) | null
  /** How many watch now. */
  listeners(): number
  close(): void
}

export interface DecisionFeedOptions {
  readonly read: () => Promise<RecentDecisions>
  readonly onError: (error: unknown) => void
  readonly everyMs?: number
}

const maxWatchers = 200
/** Longer than the longest window that is read, so that nothing is taken for new twice. */
const rememberMs = 120_000

/**
 * One poll a second for all who watch, and none while nobody does. Records become visible out of order, so each poll
 * reads a window and keeps what it has not seen.
 */
export function createDecisionFeed({ read, onError, everyMs = 1_000 }: DecisionFeedOptions): DecisionFeed {
  const watchers = new Set<FeedWatcher>()
  /** Those who came since the last look. */
  const unready = new Set<FeedWatcher>()
  let seen: Map<string, number> | null = null
  let timer: NodeJS.Timeout | undefined
  let isPolling = false

  async function poll(): Promise<void> {
    isPolling = true
    try {
      const recent = await read()
      const batch = await takeNew(recent)
      for (const watcher of unready) watcher.onReady()
      unready.clear()
      if (batch !== null) for (const watcher of watchers) watcher.onBatch(batch)
    } catch (error) {
      onError(error)
    }
    isPolling = false
    if (watchers.size > 0) schedule()
    else seen = null
  }

  async function takeNew(recent: RecentDecisions): Promise<FeedBatch | null> {
    const now = Date.now()
    const known = seen
    const fresh = new Set(recent.rows.filter((row) => known?.has(row.id) !== true).map((row) => row.id))
    // The first look is what was there before anybody watched; those who watch have it from the list.
    const isFirst = known === null
    const memory = known ?? new Map<string, number>()
    seen = memory
    for (const id of fresh) memory.set(id, now)
    for (const [id, at] of memory) if (now - at > rememberMs) memory.delete(id)
    if (isFirst || fresh.size === 0) return null
    return { decisions: await recent.present(fresh), skippedAtLeast: fresh.size >= maxRecent ? 1 : 0 }
  }

  function schedule(): void {
    timer = setTimeout(() => void poll(), everyMs)
    timer.unref()
  }

  return {
    watch(watcher) {
      if (watchers.size >= maxWatchers) return null
      watchers.add(watcher)
      unready.add(watcher)
      if (watchers.size === 1 && !isPolling) void poll()
      return () => {
        watchers.delete(watcher)
        unready.delete(watcher)
        if (watchers.size > 0 || isPolling) return
        clearTimeout(timer)
        seen = null
      }
    },
    listeners: () => watchers.size,
    close() {
      clearTimeout(timer)
      for (const watcher of [...watchers]) watcher.onStop()
      watchers.clear()
      unready.clear()
    },
  }
}
