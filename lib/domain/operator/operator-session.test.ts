import { expect, test } from 'vitest'
import { sessionIdleMs, sessionLifetimeMs, stateOfSession } from './operator-session'

const start = new Date('2026-11-22T08:00:00Z')
const after = (ms: number) => new Date(start.getTime() + ms)
const session = { lastSeenAt: start, expiresAt: after(sessionLifetimeMs), endedAt: null }

test('a session lives until it ends, is left alone for too long, or its day is over', () => {
  expect(stateOfSession(session, start)).toBe('live')
  expect(stateOfSession(session, after(sessionIdleMs - 1))).toBe('live')
  expect(stateOfSession(session, after(sessionIdleMs))).toBe('expired')
  const busy = { ...session, lastSeenAt: after(sessionLifetimeMs - 1) }
  expect(stateOfSession(busy, after(sessionLifetimeMs - 1))).toBe('live')
  expect(stateOfSession(busy, after(sessionLifetimeMs))).toBe('expired')
  expect(stateOfSession({ ...session, endedAt: start }, start)).toBe('ended')
})
