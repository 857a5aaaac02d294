import { afterEach, describe, expect, test, vi } from 'vitest'
import { someDecision } from '@/lib/client/testing/some-decision'
import { createDecisionFeed, type FeedBatch } from './stream-feed'
import type { RecentDecisions } from './stream-recent'

/** A database of ids, and how often it was asked. */
function fakeRecords() {
  const ids: string[] = []
  const state = { reads: 0, fails: false }
  const read = (): Promise<RecentDecisions> => {
    state.reads += 1
    if (state.fails) return Promise.reject(new Error('away'))
    return Promise.resolve({
      rows: ids.map((id) => ({ id, at: new Date() })),
      present: (wanted) => Promise.resolve(ids.filter((id) => wanted.has(id)).map((id) => someDecision({ id }))),
    })
  }
  return { ids, state, read }
}

function watcher() {
  const seen: string[] = []
  const stops: string[] = []
  const readies: string[] = []
  return {
    seen,
    stops,
    readies,
    onBatch: (batch: FeedBatch) => void seen.push(...batch.decisions.map(({ id }) => id)),
    onReady: () => void readies.push('ready'),
    onStop: () => void stops.push('stop'),
  }
}

describe('the feed of decisions', () => {
  afterEach(() => vi.useRealTimers())

  test('asks once for all who watch, tells what is new once, and asks nothing while nobody watches', async () => {
    vi.useFakeTimers()
    const records = fakeRecords()
    const feed = createDecisionFeed({ read: records.read, onError: () => undefined })
    await vi.advanceTimersByTimeAsync(5_000)
    expect(records.state.reads).toBe(0)

    records.ids.push('before')
    const [a, b] = [watcher(), watcher()]
    const leaveA = feed.watch(a)
    const leaveB = feed.watch(b)
    await vi.advanceTimersByTimeAsync(10)
    records.ids.push('one')
    await vi.advanceTimersByTimeAsync(1_000)
    records.ids.unshift('late')
    await vi.advanceTimersByTimeAsync(1_000)
    expect([a.seen, b.seen]).toEqual([
      ['one', 'late'],
      ['one', 'late'],
    ])
    expect(records.state.reads).toBe(3)
    expect([a.readies, b.readies]).toEqual([['ready'], ['ready']])

    leaveA?.()
    leaveB?.()
    const { reads } = records.state
    await vi.advanceTimersByTimeAsync(10_000)
    expect(records.state.reads - reads).toBeLessThanOrEqual(1)
  })

  test('goes on after the database was away', async () => {
    vi.useFakeTimers()
    const records = fakeRecords()
    const errors: unknown[] = []
    const feed = createDecisionFeed({ read: records.read, onError: (error) => void errors.push(error) })
    const a = watcher()
    feed.watch(a)
    await vi.advanceTimersByTimeAsync(10)
    records.state.fails = true
    await vi.advanceTimersByTimeAsync(2_000)
    records.state.fails = false
    records.ids.push('meanwhile')
    await vi.advanceTimersByTimeAsync(1_000)
    expect(errors).toHaveLength(2)
    expect(a.seen).toEqual(['meanwhile'])
  })

  test('takes so many and no more, and tells all of them when the process stops', () => {
    const records = fakeRecords()
    const feed = createDecisionFeed({ read: records.read, onError: () => undefined })
    const watchers = Array.from({ length: 200 }, watcher)
    for (const each of watchers) expect(feed.watch(each)).not.toBeNull()
    expect(feed.watch(watcher())).toBeNull()
    feed.close()
    expect(watchers.every((each) => each.stops.length === 1)).toBe(true)
  })
})
