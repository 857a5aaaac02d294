import { createHmac } from 'node:crypto'
import { attemptDelayMs, attemptMemoryMs, type AttemptKind } from '@/lib/domain/operator/attempt-delay'
import { refuse, type Refusal } from '@/lib/domain/refusal'
import { runChange } from '../audit/run-change'
import type { Dependencies } from '../dependencies'
import { lockAttempt, writeAttempt } from './attempt-store'

/** What a try is counted on: an account's name, an address block, an operator's second factor, a browser. */
export interface AttemptSubject {
  readonly kind: AttemptKind
  readonly name: string
}

export interface Reservation {
  readonly outcome: 'reserved'
  readonly counted: readonly { readonly kind: AttemptKind; readonly key: Buffer }[]
}

/**
 * Counts a try as wrong before it is checked, so that parallel guesses do not pass while the first is still compared
 * (threats.md, 34). `settleAttempt` takes it back. Refused with the wait when one of the subjects has to wait.
 */
export async function reserveAttempt(
  deps: Dependencies,
  subjects: readonly AttemptSubject[],
): Promise<Reservation | Refusal<'locked_out'>> {
  const counted = subjects
    .map(({ kind, name }) => ({ kind, key: keyOf(deps, kind, name) }))
    // In one order, so that two tries never wait for each other.
    .sort((a, b) => Buffer.compare(a.key, b.key))
  return runChange(deps, [], async (tx) => {
    const now = deps.now()
    const rows: { kind: AttemptKind; key: Buffer; failures: number }[] = []
    let waitMs = 0
    for (const { kind, key } of counted) {
      const row = await lockAttempt(tx, key, now)
      waitMs = Math.max(waitMs, row.nextAt.getTime() - now.getTime())
      const isForgotten = now.getTime() - row.lastAt.getTime() > attemptMemoryMs
      rows.push({ kind, key, failures: (isForgotten ? 0 : row.failures) + 1 })
    }
    if (waitMs > 0) {
      const retryAfterSeconds = Math.ceil(waitMs / 1000)
      const detail = `There were too many wrong tries. Try again in ${retryAfterSeconds} s.`
      return { ...refuse('locked_out', detail), retryAfterSeconds }
    }
    for (const { kind, key, failures } of rows) {
      const nextAt = new Date(now.getTime() + attemptDelayMs(kind, failures))
      await writeAttempt(tx, key, { failures, lastAt: now, nextAt })
    }
    return { outcome: 'reserved', counted } as const
  })
}

/** Under a key, because people type passwords into the field for the name. */
function keyOf({ masterKey }: Dependencies, kind: AttemptKind, name: string): Buffer {
  return createHmac('sha256', masterKey.deriveKey('session')).update(`sign-in attempt\0${kind}\0${name}`).digest()
}
