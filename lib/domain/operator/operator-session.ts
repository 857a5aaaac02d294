import type { Can } from '../refusal'

/** How whoever signed in proved to be the operator, beside the password. */
export const sessionSecondFactors = ['none', 'totp', 'recovery_code'] as const
export type SessionSecondFactor = (typeof sessionSecondFactors)[number]

export const sessionStates = ['live', 'expired', 'ended'] as const
export type SessionState = (typeof sessionStates)[number]

export const sessionEndReasons = [
  'signed_out',
  'ended',
  'replaced',
  'credentials_changed',
  'role_changed',
  'reset',
] as const
export type SessionEndReason = (typeof sessionEndReasons)[number]

/** A working day; then everybody signs in again. */
export const sessionLifetimeMs = 12 * 3600_000

/** Left alone for as long, a session is over: an open console asks every few seconds. */
export const sessionIdleMs = 2 * 3600_000

export interface SessionTimes {
  readonly lastSeenAt: Date
  readonly expiresAt: Date
  readonly endedAt: Date | null
}

/** Whether a session still opens anything. Anything unclear is not live. */
export function stateOfSession(session: SessionTimes, now: Date): SessionState {
  if (session.endedAt !== null) return 'ended'
  const idleUntil = session.lastSeenAt.getTime() + sessionIdleMs
  return now.getTime() < session.expiresAt.getTime() && now.getTime() < idleUntil ? 'live' : 'expired'
}

/** Whether a session can be ended. An expired one can: then it stays over whatever the clock says. */
export function sessionCanBeEnded({ state }: { readonly state: SessionState }): Can {
  return state === 'ended' ? { can: false, why: 'The session has ended already.' } : { can: true }
}
