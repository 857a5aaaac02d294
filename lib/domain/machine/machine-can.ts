import type { Can } from '../refusal'
import type { MachineState } from './machine-state'

interface MachineInState {
  readonly state: MachineState
}

const yes: Can = { can: true }
const no = (why: string): Can => ({ can: false, why })

const finality = 'It is revoked, and revocation is final. Enrol it anew if it should come back.'

/**
 * What an operator can do to a machine in its present state. Server, command line and console ask the same predicates;
 * the answer brings its own reason. `state` is the state at this moment (`machineStateAt`).
 */
export const machineCan = {
  suspend({ state }: MachineInState): Can {
    switch (state) {
      case 'active':
      // Suspending an expired machine keeps it from coming back by renewing.
      case 'expired':
        return yes
      case 'pending':
        return no('It waits for approval and is allowed nothing yet. Refuse it by revoking it.')
      case 'suspended':
        return no('It is suspended already.')
      case 'quarantined':
        return no('It is quarantined, which allows it less than suspension does.')
      case 'revoked':
        return no(finality)
    }
  },

  reinstate({ state }: MachineInState): Can {
    switch (state) {
      case 'suspended':
        return yes
      case 'pending':
        return no('It waits for approval; nobody suspended it.')
      case 'active':
        return no('It is active already.')
      case 'expired':
        return no('It has expired; nobody suspended it. Renew it on the machine, or enrol it again.')
      case 'quarantined':
        return no('It is quarantined, because a copy of it was seen. Look at both sides, then release or revoke it.')
      case 'revoked':
        return no(finality)
    }
  },

  release({ state }: MachineInState): Can {
    switch (state) {
      case 'quarantined':
        return yes
      case 'suspended':
        return no('It is suspended, not quarantined. Reinstate it instead.')
      case 'pending':
      case 'active':
      case 'expired':
        return no('It is not quarantined.')
      case 'revoked':
        return no(finality)
    }
  },

  /** The reason that revocation demands is checked where it comes in. */
  revoke({ state }: MachineInState): Can {
    return state === 'revoked' ? no('It is revoked already.') : yes
  },

  setLabels({ state }: MachineInState): Can {
    return state === 'revoked' ? no(finality) : yes
  },
} as const

export type MachineAction = keyof typeof machineCan
