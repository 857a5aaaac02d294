import { runChange } from '../audit/run-change'
import type { Dependencies } from '../dependencies'
import type { ForkEvidence } from './fork-evidence'
import { recordFork, type ForkOutcome } from './record-fork'

/**
 * Quarantines a machine because the verification path saw the same number on two requests (`credential_forked`).
 *
 * Made to be started and not waited for: it never throws. What cannot be recorded is logged; the same fork comes back with
 * the next conflict, and at the latest with the next renewal. Safe to call any number of times.
 *
 * @param machineId UUID
 */
export async function quarantineMachine(
  dependencies: Dependencies,
  machineId: string,
  evidence: ForkEvidence,
): Promise<{ outcome: ForkOutcome | 'failed' }> {
  const { notices, log, now, deployment } = dependencies
  try {
    const fork = { machineId, deploymentId: deployment.id, evidence, now: now(), requestId: undefined }
    const outcome = await runChange(dependencies, ['machine', 'service'], (tx) => recordFork(tx, fork))
    // It may speak for a gateway.
    if (outcome === 'quarantined') notices.publish('services')
    if (outcome === 'quarantined' || outcome === 'storm') {
      log.warn({ machine: machineId, evidence: evidence.kind, outcome }, 'two copies of a machine were seen')
    }
    return { outcome }
  } catch (error) {
    log.error({ machine: machineId, err: error }, 'a fork could not be recorded')
    return { outcome: 'failed' }
  }
}
