import type { DeclaredRestore } from '@/lib/contract/deployment'
import { done, type Outcome } from '@/lib/domain/refusal'
import { insertAuditEvent } from '../audit/audit-store'
import { runChange } from '../audit/run-change'
import { originOf, type CallContext } from '../auth/call-context'
import type { Dependencies } from '../dependencies'
import { recordRestore } from './record-restore'

/**
 * An operator's word that this database was restored by other means than the command: to a point in time, or from a dump loaded
 * into the cluster that it came from, which look like a failover or like nothing at all. What follows is what follows
 * when the server notices by itself (`checkDatabaseIdentity`), and holds on every node when it returns.
 */
export async function declareRestored(
  deps: Dependencies,
  context: CallContext,
  reason: string,
): Promise<Outcome<DeclaredRestore>> {
  const outcome = await runChange(deps, ['machine', 'service'], async (tx): Promise<Outcome<DeclaredRestore>> => {
    const { machines } = await recordRestore(tx)
    await insertAuditEvent(tx, {
      action: 'deployment.restore_detected',
      ...originOf(context),
      target: { id: deps.deployment.id, name: deps.deployment.trustDomain },
      reason,
      detail: { machines },
      at: deps.now(),
    })
    return done({ machines })
  })
  deps.notices.publish('services')
  return outcome
}
