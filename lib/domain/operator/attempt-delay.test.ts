import { expect, test } from 'vitest'
import { attemptDelayMs } from './attempt-delay'

test('the first tries are free, then each doubles the wait, up to a longest', () => {
  const waits = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 500].map(
    (failures) => attemptDelayMs('account', failures) / 1000,
  )
  expect(waits).toEqual([0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60])
  expect(attemptDelayMs('factor', 1000)).toBe(900_000)
  expect(attemptDelayMs('address', 19)).toBe(0)
})
