import { runChange } from '../audit/run-change'
import type { Dependencies } from '../dependencies'
import { deleteAttempt, lockAttempt, writeAttempt } from './attempt-store'
import type { Reservation } from './reserve-attempt'

/**
 * Takes a counted try back. `right`: whoever tried is the operator, so that the account's and the browser's count begin
 * anew; an address only gets this one try back, because others may guess from there. `unchecked`: nothing was compared.
 */
export async function settleAttempt(
  deps: Dependencies,
  reservation: Reservation,
  result: 'right' | 'unchecked',
): Promise<void> {
  await runChange(deps, [], async (tx) => {
    const now = deps.now()
    for (const { kind, key } of reservation.counted) {
      if (result === 'right' && kind !== 'address') {
        await deleteAttempt(tx, key)
        continue
      }
      const row = await lockAttempt(tx, key, now)
      await writeAttempt(tx, key, { failures: Math.max(0, row.failures - 1), lastAt: row.lastAt, nextAt: now })
    }
  })
}
