import type { MachineChange as ShownMachineChange } from '@/lib/contract/machines'
import type { AuditAction } from '@/lib/domain/audit/audit-action'
import { parseId } from '@/lib/domain/ids'
import { machineCan, type MachineAction } from '@/lib/domain/machine/machine-can'
import { done, refuse, type Outcome } from '@/lib/domain/refusal'
import { runChange } from '../audit/run-change'
import { runStatement } from '../audit/run-statement'
import { originOf, type CallContext } from '../auth/call-context'
import type { Prisma } from '../database/generated/client'
import type { Dependencies } from '../dependencies'
import { bumpServiceVersions } from '../service/service-store'
import { machineNotFound } from './get-machine'
import {
  findMachine,
  findMachineUse,
  machineChange,
  type ChangedMachineRow,
  type MachineChange,
  type MachineRow,
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

/** Somebody else changed the machine between the look and the statement; then the rule is asked again. */
const maxAttempts = 5

/**
 * Changes one machine so that it holds on every node when the promise resolves: its version grows under the lock that
 * decisions share, and with it the versions of the services that it speaks for as a gateway. All in one statement
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
  const outcome = await changeRow(deps, context, id, request)
  if (outcome.outcome === 'refused') return outcome
  const row = outcome.value
  const use = await findMachineUse(deps.prisma, id)
  // Bound to the machine while its change waited: the statement could not see them yet.
  const unseen = use.gatewayServiceIds.filter((service) => !row.bumpedServiceIds.includes(service))
  if (unseen.length > 0) await runChange(deps, ['service'], (tx) => bumpServiceVersions(tx, unseen))
  const inForceAfterMs = Math.round((performance.now() - startedAt) * 10) / 10
  deps.tally.machineChanged(request.action, inForceAfterMs / 1000)
  if (use.gatewayServiceIds.length > 0) deps.notices.publish('services')
  return done({
    machine: presentMachine(row, deps.deployment.trustDomain, deps.now()),
    inForceAfterMs,
    lastAllowedAt: use.lastAllowedAt?.toISOString() ?? null,
  })
}

async function changeRow(
  deps: Dependencies,
  context: CallContext,
  id: string,
  request: MachineChangeRequest,
): Promise<Outcome<ChangedMachineRow>> {
  const { trustDomain } = deps.deployment
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const before = await findMachine(deps.prisma, id)
    if (before === null) return machineNotFound(id)
    const at = deps.now()
    const shown = presentMachine(before, trustDomain, at)
    const can = machineCan[request.can](shown)
    if (!can.can) return refuse('conflict', can.why)
    const change = request.change(at)
    const after = presentMachine({ ...before, ...change }, trustDomain, at).state
    const statement = machineChange(before, change, {
      action: request.action,
      ...originOf(context),
      target: { id: shown.id, name: shown.name },
      reason: request.reason,
      detail: { ...(after !== shown.state && { from: shown.state, to: after }), ...request.detail?.(before) },
      at,
    })
    const [row] = await runStatement<ChangedMachineRow>(deps, ['machine', 'service'], statement)
    if (row) return done(row)
  }
  return refuse('conflict', 'The machine is being changed by others at this moment. Look at it again.')
}
