import type { MissingData } from '@/lib/contract/deployment'
import { done, refuse, type Outcome } from '@/lib/domain/refusal'
import { insertAuditEvent } from '../audit/audit-store'
import { runChange } from '../audit/run-change'
import { originOf, type CallContext } from '../auth/call-context'
import type { Dependencies } from '../dependencies'
import { findNewestRecordBefore, findRestore, reviveExpiredMachines } from './restore-store'

/**
 * An operator's word after a restore: data are missing since `since`, and what has to be repeated (revocations above all) was
 * repeated or is known. The machines that only the restore had ended are active again, on every node when it returns.
 *
 * Refused when no restore waits for a word, or when the instant cannot be right: before the newest record that the
 * backup brought along, or after the restore.
 */
export async function stateMissingData(
  deps: Dependencies,
  context: CallContext,
  since: Date,
): Promise<Outcome<MissingData>> {
  const outcome = await runChange(deps, ['machine', 'service'], async (tx): Promise<Outcome<MissingData>> => {
    const restore = await findRestore(tx)
    if (!restore) return refuse('conflict', 'No restore waits for a word: the machines are what the records say.')
    if (since > restore.restoredAt) {
      return refuse(
        'conflict',
        `The restore was seen at ${restore.restoredAt.toISOString()}: data are missing since before that.`,
      )
    }
    const newest = await findNewestRecordBefore(tx, restore.restoredAt)
    if (newest && since < newest) {
      return refuse(
        'conflict',
        `There are records until ${newest.toISOString()}: data are missing since then, or later.`,
      )
    }
    const machines = await reviveExpiredMachines(tx)
    await insertAuditEvent(tx, {
      action: 'deployment.state_missing_data',
      ...originOf(context),
      target: { id: deps.deployment.id, name: deps.deployment.trustDomain },
      detail: { since: since.toISOString(), restoredAt: restore.restoredAt.toISOString(), machines },
      at: deps.now(),
    })
    return done({ since: since.toISOString(), machines })
  })
  if (outcome.outcome !== 'refused') deps.notices.publish('services')
  return outcome
}
