import { formatId } from '@/lib/domain/ids'
import { insertAuditEvent } from '../audit/audit-store'
import type { Transaction } from '../audit/transaction'
import { systemActor } from '../keys/system-actor'
import { describeForkEvidence, type ForkEvidence } from './fork-evidence'
import { countForks, hasActiveMachines, lockMachineState, setQuarantined } from './fork-store'
import { findGatewayOfMachine } from '../machine/machine-gateway-store'
import { bumpServiceVersions } from '../service/service-store'

/** Protocol.md, section 8: more than 20 machines and more than 1 % of the active ones within a minute. */
const stormMachines = 20
const stormShare = 0.01
/** While a storm lasts it is reported again, so that its end can be told. */
const stormReportSeconds = 45

export type ForkOutcome = 'quarantined' | 'storm' | 'already_refused' | 'machine_unknown'

/**
 * Quarantines a machine of which a copy was seen, in the caller's transaction. When very many fork at once (a restored
 * image, a software fault) nobody is: the conflict is denied, one alert says so, an operator decides.
 *
 * @param fork.machineId UUID
 * @returns `already_refused` for a machine that is quarantined, revoked or not let in yet: nothing is written
 */
export async function recordFork(
  tx: Transaction,
  fork: {
    readonly machineId: string
    readonly deploymentId: string
    readonly evidence: ForkEvidence
    readonly now: Date
    readonly requestId: string | undefined
  },
): Promise<ForkOutcome> {
  const { machineId, deploymentId, evidence, now, requestId } = fork
  // The machine first, the count of forks second, everywhere: two forks never wait for each other.
  const machine = await lockMachineState(tx, machineId)
  if (!machine) return 'machine_unknown'
  // A suspended machine too: reinstating it would otherwise let the copy back in.
  if (machine.state !== 'active' && machine.state !== 'suspended' && machine.state !== 'expired')
    return 'already_refused'

  const target = { id: formatId('mach', machineId), name: machine.name }
  const sides = evidence.sides.map((side) => ({ ...side }))
  const { quarantined, secondsSinceStorm } = await countForks(tx, now)
  const forked = quarantined + 1
  const limit = Math.floor(forked / stormShare) - quarantined
  const isStorm = secondsSinceStorm !== null || (forked > stormMachines && !(await hasActiveMachines(tx, limit)))
  if (isStorm) {
    if (secondsSinceStorm === null || secondsSinceStorm > stormReportSeconds) {
      await insertAuditEvent(tx, {
        action: 'machine.fork_storm',
        actor: systemActor,
        target: { id: deploymentId, name: deploymentId },
        reason: `${forked} machines forked within a minute. Their conflicts are denied, nobody more is quarantined.`,
        detail: { forked, machine: target, kind: evidence.kind, generation: evidence.generation, sides },
        requestId,
        at: now,
      })
    }
    return 'storm'
  }

  const reason = describeForkEvidence(evidence)
  await setQuarantined(tx, machineId, reason, now)
  // Where it speaks as a gateway, nodes must not go on answering it on an older reading.
  const gateway = await findGatewayOfMachine(tx, machineId)
  if (gateway) await bumpServiceVersions(tx, gateway.serviceIds)
  await insertAuditEvent(tx, {
    action: 'machine.quarantine',
    actor: systemActor,
    target,
    reason,
    detail: { kind: evidence.kind, generation: evidence.generation, stateBefore: machine.state, sides },
    requestId,
    at: now,
  })
  return 'quarantined'
}
