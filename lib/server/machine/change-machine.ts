import type { MachineChange as ShownMachineChange } from '@/lib/contract/machines'
import type { AuditAction } from '@/lib/domain/audit/audit-action'
import { parseId } from '@/lib/domain/ids'
import { machineCan, type MachineAction } from '@/lib/domain/machine/machine-can'
import { done, refuse, type Outcome } from '@/lib/domain/refusal'
import { insertAuditEvent } from '../audit/audit-store'
import { runChange } from '../audit/run-change'
import type { Transaction } from '../audit/transaction'
import { originOf, type CallContext } from '../auth/call-context'
import type { Prisma } from '../database/generated/client'
import type { Dependencies } from '../dependencies'
import { bumpServiceVersions } from '../service/service-store'
import { machineNotFound } from './get-machine'
import {
  findMachine,
  findMachineUse,
  updateMachineInState,
  type MachineChange,
  type MachineRow,
  type MachineUse,
} from './machine-store'
import { presentMachine } from './present-machine'

export interface MachineChangeRequest {
  /** Whose predicate has to allow it. */
  readonly can: MachineAction
  readonly action: AuditAction
  readonly reason?: string | undefined
  readonly change: (at: Date) => MachineChange
  readonly detail?: (before: MachineRow) => Prisma.InputJsonObject
}

/** Somebody else changed the machine's state between the look and the update; then the rule is asked again. */
const maxAttempts = 5

/**
 * Changes one machine so that it holds on every node when the promise resolves: its version grows under the lock that
 * decisions share, and with it the versions of the services that it speaks for as a gateway. All in one transaction
 * with the audit event. `inForceAfterMs` is how long that took.
 */
export async function changeMachine(
  deps: Dependencies,
  context: CallContext,
  machineId: string,
  request: MachineChangeRequest,
): Promise<Outcome<ShownMachineChange>> {
  const id = parseId('mach', machineId)
  if (id === null) return machineNotFound(machineId)
  const startedAt = performance.now()
  const outcome = await runChange(deps, ['machine', 'service'], (tx) => changeRow(deps, tx, context, id, request))
  const inForceAfterMs = Math.round((performance.now() - startedAt) * 10) / 10
  if (outcome.outcome === 'refused') return outcome
  deps.tally.machineChanged(request.action, inForceAfterMs / 1000)
  const { row, use } = outcome.value
  if (use.gatewayServiceIds) deps.notices.publish('services')
  return done({
    machine: presentMachine(row, deps.deployment.trustDomain, deps.now()),
    inForceAfterMs,
    lastAllowedAt: use.lastAllowedAt?.toISOString() ?? null,
  })
}

async function changeRow(
  deps: Dependencies,
  tx: Transaction,
  context: CallContext,
  id: string,
  request: MachineChangeRequest,
): Promise<Outcome<{ readonly row: MachineRow; readonly use: MachineUse }>> {
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const before = await findMachine(tx, id)
    if (before === null) return machineNotFound(id)
    const at = deps.now()
    const shown = presentMachine(before, deps.deployment.trustDomain, at)
    const can = machineCan[request.can](shown)
    if (!can.can) return refuse('conflict', can.why)
    const row = await updateMachineInState(tx, id, before.state, request.change(at))
    if (row === null) continue
    const after = presentMachine(row, deps.deployment.trustDomain, at).state
    const use = await findMachineUse(tx, id)
    if (use.gatewayServiceIds) await bumpServiceVersions(tx, use.gatewayServiceIds)
    await insertAuditEvent(tx, {
      action: request.action,
      ...originOf(context),
      target: { id: shown.id, name: shown.name },
      reason: request.reason,
      detail: { ...(after !== shown.state && { from: shown.state, to: after }), ...request.detail?.(before) },
      at,
    })
    return done({ row, use })
  }
  return refuse('conflict', 'The machine is being changed by others at this moment. Look at it again.')
}
