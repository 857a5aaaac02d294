import type { DecisionCode } from '@/lib/domain/error-code'
import type { CredentialNonce } from '@/lib/protocol'
import type { MachineRecord } from './verification-types'

/** The generation before goes on for this long after a renewal (protocol.md, sections 5 and 7). */
const supersededForMs = 120_000

export type MachineCheck =
  { readonly outcome: 'may' } | { readonly outcome: 'refused'; readonly code: DecisionCode; readonly detail?: string }

/** Whether this machine may act now, with this generation, on what the record in memory says. */
export function checkMachine(
  machine: MachineRecord,
  generation: number,
  nonce: CredentialNonce,
  nowMs: number,
): MachineCheck {
  if (machine.state !== 'active') return { outcome: 'refused', code: codeOfState(machine.state) }
  if (machine.expiresAtMs <= nowMs) return { outcome: 'refused', code: 'machine_expired' }
  if (generation === machine.generation) return { outcome: 'may' }
  const isPrevious = generation === machine.generation - 1
  if (!isPrevious || nowMs - machine.generationStartedAtMs > supersededForMs) {
    return { outcome: 'refused', code: 'generation_superseded' }
  }
  const lastSeq = machine.generations.get(generation)?.lastSeq ?? null
  if (nonce.kind === 'sequence' && lastSeq !== null && nonce.seq > lastSeq) {
    // At its renewal the machine said how far it had counted; nobody but a copy goes on above that.
    return { outcome: 'refused', code: 'credential_forked', detail: 'Used a number above the one declared at renewal.' }
  }
  return { outcome: 'may' }
}

function codeOfState(state: Exclude<MachineRecord['state'], 'active'>): DecisionCode {
  switch (state) {
    case 'pending':
      return 'machine_pending'
    case 'suspended':
      return 'machine_suspended'
    case 'quarantined':
      return 'machine_quarantined'
    case 'expired':
      return 'machine_expired'
    case 'revoked':
      return 'machine_revoked'
  }
}
