import { expect, test } from 'vitest'
import { sinceFirstDecision } from './since-first-decision'

const minutes = (firstBusy: number) =>
  Array.from({ length: 60 }, (_, index) => ({
    at: new Date(index * 60_000).toISOString(),
    allowed: index >= firstBusy ? 1 : 0,
    denied: 0,
    observed: 0,
  }))

test.each([
  [59, 15],
  [45, 15],
  [44, 30],
  [30, 30],
  [29, 60],
  [0, 60],
])('a first decision in minute %i of the hour shows the last %i', (firstBusy, length) => {
  const shown = sinceFirstDecision(minutes(firstBusy))
  expect(shown).toEqual(minutes(firstBusy).slice(-length))
})

test('without a decision it is the whole hour', () => {
  expect(sinceFirstDecision(minutes(60))).toHaveLength(60)
})
