import { describe, expect, test } from 'vitest'
import { formatClock, formatDuration, formatLocal, formatRelative, formatUtc } from './format-time'
import { truncateMiddle } from './truncate-middle'

const now = new Date('2026-11-22T08:30:00.000Z')
const before = (seconds: number) => new Date(now.getTime() - seconds * 1000)

describe('relative time', () => {
  test.each([
    [0, 'now'],
    [4, 'now'],
    [12, '12s ago'],
    [59, '59s ago'],
    [60, '1m ago'],
    [3_599, '59m ago'],
    [7_200, '2h ago'],
    [86_400 * 3, '3d ago'],
    [-90, 'in 1m'],
  ])('%i seconds before is %s', (seconds, text) => {
    expect(formatRelative(before(seconds), now)).toBe(text)
  })
})

test('absolute time is the same for everybody in UTC, and has the reader’s own zone beside it', () => {
  expect(formatUtc(now)).toBe('2026-11-22 08:30:00 UTC')
  expect(formatLocal(now)).toMatch(/^2026-11-2[123] \d\d:\d\d:00$/)
  expect(formatClock(new Date('2026-11-22T08:30:00.045Z'))).toMatch(/^\d\d:\d\d:00\.045$/)
})

test('durations carry the unit that matters', () => {
  expect(formatDuration(12.34)).toBe('12.3 ms')
  expect(formatDuration(14_000)).toBe('14 s')
  expect(formatDuration(600_000)).toBe('10 min')
  expect(formatDuration(86_400_000)).toBe('24 h')
  expect(formatDuration(86_400_000 * 5)).toBe('5 d')
})

test('identifiers keep their beginning and end', () => {
  expect(truncateMiddle('mach_01k3tt0z0ye00800014d2pf2db', 11, 6)).toBe('mach_01k3tt…2pf2db')
  expect(truncateMiddle('short', 11, 6)).toBe('short')
})
