/** Every state of a machine (protocol.md, section 8). */
export const machineStates = ['pending', 'active', 'suspended', 'quarantined', 'expired', 'revoked'] as const

export type MachineState = (typeof machineStates)[number]

/**
 * The state that a machine is in at an instant. The table may still say `active` for one that did not renew in time:
 * the decision statement looks at `expiresAt` itself, so people have to see the same.
 */
export function machineStateAt(
  machine: { readonly state: MachineState; readonly expiresAt: Date },
  now: Date,
): MachineState {
  return machine.state === 'active' && machine.expiresAt <= now ? 'expired' : machine.state
}
