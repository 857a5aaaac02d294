import type { DemoMachine } from '../demo-machine'
import type { Places } from '../start-services'

/** What attackers of the demo can reach. */
export interface AttackWorld {
  readonly places: Places
  /** The machine of this name, as it is enrolled now. */
  machine(name: string): DemoMachine
  /** Where the attacker calls from. */
  readonly attackerAddress: string | undefined
}

/** What a victim can be found in just now: it may be suspended or quarantined by another story. */
export const victimRefusals = ['machine_suspended', 'machine_quarantined', 'machine_revoked'] as const
