/** What wrong tries are counted on. */
export const attemptKinds = ['account', 'address', 'factor', 'browser', 'browser-factor'] as const

export type AttemptKind = (typeof attemptKinds)[number]

/** The first few wrong tries are free; then each doubles the wait, up to a longest. There is no lock. */
const rules: Readonly<Record<AttemptKind, { readonly free: number; readonly longestSeconds: number }>> = {
  account: { free: 5, longestSeconds: 60 },
  // An office, or everybody when the proxy in front is not trusted.
  address: { free: 20, longestSeconds: 60 },
  // Six digits are soon guessed: 96 tries a day at the longest wait.
  factor: { free: 5, longestSeconds: 900 },
  // A browser in which this operator signed in before has a count of its own, which strangers cannot drive up.
  browser: { free: 5, longestSeconds: 60 },
  'browser-factor': { free: 5, longestSeconds: 900 },
}

/** Wrong tries are forgotten after a day without one. */
export const attemptMemoryMs = 24 * 3600_000

/** How long nobody can try again after this many wrong tries in a row. */
export function attemptDelayMs(kind: AttemptKind, failures: number): number {
  const { free, longestSeconds } = rules[kind]
  const beyond = failures - free
  return beyond < 0 ? 0 : Math.min(2 ** Math.min(beyond, 30), longestSeconds) * 1000
}
