import type { AuditAction } from '@/lib/domain/audit/audit-action'
import { formatId } from '@/lib/domain/ids'
import { done, type Outcome } from '@/lib/domain/refusal'
import { insertAuditEvent } from '../audit/audit-store'
import { runChange } from '../audit/run-change'
import type { Transaction } from '../audit/transaction'
import { originOf, type CallContext } from '../auth/call-context'
import type { Dependencies } from '../dependencies'
import type { Prisma } from '../database/generated/client'
import { bumpServiceVersions } from '../service/service-store'
import { findGateway, lockGateway, type GatewayRow } from './gateway-store'
import { gatewayNotFound } from './get-gateway'

export interface GatewayChange {
  readonly action: AuditAction
  readonly detail: Prisma.InputJsonObject
}

/**
 * Changes one gateway: its row locked, the versions of the services that it had before and has afterwards bumped, the audit
 * event written. `work` returns what it did, null when nothing changed, or a refusal before it has written anything.
 */
export async function changeGateway(
  deps: Dependencies,
  context: CallContext,
  reference: string,
  work: (tx: Transaction, gateway: GatewayRow) => Promise<Outcome<GatewayChange | null>>,
): Promise<Outcome<GatewayRow>> {
  let hasChanged = false
  const outcome = await runChange(deps, ['machine', 'service'], async (tx): Promise<Outcome<GatewayRow>> => {
    hasChanged = false
    const id = (await findGateway(tx, reference))?.id
    if (id === undefined) return gatewayNotFound(reference)
    await lockGateway(tx, id)
    const before = await findGateway(tx, reference)
    if (before === null) return gatewayNotFound(reference)
    const change = await work(tx, before)
    if (change.outcome === 'refused') return change
    if (change.value === null) return done(before)
    hasChanged = true
    const after = await findGateway(tx, reference)
    if (after === null) return gatewayNotFound(reference)
    const concerned = [...before.services, ...after.services].map((service) => service.id)
    await bumpServiceVersions(tx, [...new Set(concerned)])
    await insertAuditEvent(tx, {
      ...change.value,
      ...originOf(context),
      target: { id: formatId('gw', id), name: before.name },
      at: deps.now(),
    })
    return done(after)
  })
  if (hasChanged && outcome.outcome === 'done') deps.notices.publish('services')
  return outcome
}
