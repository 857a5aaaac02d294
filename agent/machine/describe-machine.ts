import type { ServiceEntry } from '../server/parse-answer-claims'
import type { MachineState } from '../store/machine-state'

/** What `countersign status` shows; no key is in it. */
export interface MachineStatus {
  readonly machineId: string
  readonly spiffeId: string
  readonly name: string
  readonly server: string
  readonly trustDomain: string
  /** Thumbprints of the keys by which the service's answers are believed. */
  readonly serverKeys: readonly string[]
  readonly generation: number
  readonly expiresAt: string
  readonly isRenewalPending: boolean
  /** Present when an agent runs and has renewed the machine. */
  readonly signing?: { readonly generation: number; readonly usedNumbers: number }
  /** Present when an agent runs. */
  readonly services?: readonly ServiceEntry[]
}

export function describeMachine(
  state: MachineState,
  running?: { signing: MachineStatus['signing'] | undefined; services: readonly ServiceEntry[] },
): MachineStatus {
  return {
    machineId: state.machineId,
    spiffeId: state.spiffeId,
    name: state.name,
    server: state.serverUrl,
    trustDomain: state.trustDomain,
    serverKeys: state.assertionKeys.map((key) => `sha256:${key.kid}`),
    generation: state.generation,
    expiresAt: state.expiresAt,
    isRenewalPending: state.pendingRenewal !== null,
    ...(running?.signing === undefined ? {} : { signing: running.signing }),
    ...(running === undefined ? {} : { services: running.services }),
  }
}
