import type { ErrorCode } from '@/lib/domain/error-code'
import { machineStateAt, machineStates, type MachineState } from '@/lib/domain/machine/machine-state'
import { refuse, type Refusal } from '@/lib/domain/refusal'
import type { MachineRow } from './enrollment-store'

/**
 * Whether a machine in its present state may renew and be told its services: an active one and a suspended one may, because a
 * suspension is lifted again (protocol.md, section 8). Null means it may.
 */
export function machineStateRefusal(machine: MachineRow, now: Date): Refusal | null {
  const stored = machineStates.find((state) => state === machine.state)
  // A state that this version does not know is no state to be let in with.
  if (stored === undefined)
    return refuse('machine_suspended', 'The machine is in a state that this server does not know.')
  const state = machineStateAt({ state: stored, expiresAt: machine.expiresAt }, now)
  const code = refusalCodes[state]
  if (code !== null) return refuse(code, refusalDetails[code])
  return machine.expiresAt <= now ? refuse('machine_expired', refusalDetails.machine_expired) : null
}

const refusalCodes = {
  active: null,
  suspended: null,
  pending: 'machine_pending',
  quarantined: 'machine_quarantined',
  expired: 'machine_expired',
  revoked: 'machine_revoked',
} as const satisfies Record<MachineState, ErrorCode | null>

const refusalDetails = {
  machine_pending: 'An operator has to approve the machine first.',
  machine_quarantined: 'A copy of this machine was seen. An operator has to look at both sides.',
  machine_expired: 'The machine did not renew in time. Enrol it again.',
  machine_revoked: 'The machine was revoked, which is final. Enrol it anew if it should come back.',
} as const
